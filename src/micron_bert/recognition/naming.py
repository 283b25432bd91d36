"""Names from a label set: a recognition named by the action units that moved."""

from collections.abc import Sequence
from dataclasses import replace

from micron_bert.errors import InputError
from micron_bert.labels.label_sets import LabelSet
from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.recognition.detection import CANNOT_TELL, NONE
from micron_bert.recognition.recognition import Recognition


def fits(readings: Sequence[UnitReading] | None, labels: LabelSet) -> dict[str, float]:
    """
    Probability of each label given the readings of action units, the most probable first.

    Raises:
        [`InputError`]: the model reads no action units, or not those that a label needs.
    """
    if readings is None:
        raise InputError(
            "Labels by words rest on action units, which this model does not tell; train a head for them with "
            "`micron-bert finetune finetune_action_units`."
        )
    by_number = {one.number: one.probability for one in readings}
    sides = {one.number: one.side for one in readings}
    return labels.check(sorted(by_number, key=int)).probabilities(by_number, sides)


def named_by(recognition: Recognition, labels: LabelSet) -> Recognition:
    """
    A recognition with the names of a label set in place of the model's.

    The probability that there is an expression at all stays as it was; the labels share it. Where there is none, or
    none that may be named, the label stays as it was.

    Args:
        recognition ([`Recognition`]): of a film or of two frames.
        labels ([`LabelSet`]): the labels.

    Raises:
        [`InputError`]: as for [`fits`].
    """
    shares = fits(recognition.action_units, labels)
    resting = 0.0 if NONE in shares else recognition.probabilities.get(NONE, 0.0)
    probabilities = {name: (1 - resting) * share for name, share in shares.items()}
    if resting:
        probabilities[NONE] = resting
    detection = recognition.detection
    findings = tuple(interval_named_by(one, labels) for one in detection.findings)
    changes = {"detection": replace(detection, findings=findings)}
    if recognition.label is not None:
        changes["probabilities"] = probabilities
    if detection.yes and recognition.label is not None:
        changes["label"] = next(iter(shares))
    elif detection.detected == CANNOT_TELL and recognition.label != NONE:
        changes["label"] = max(probabilities, key=probabilities.get)
    return replace(recognition, **changes)


def interval_named_by(interval, labels: LabelSet):
    """The same for an [`Interval`]; without a reading of action units it gets no name."""
    if interval.action_units is None:
        return replace(interval, label=None, probabilities=None)
    shares = fits(interval.action_units, labels)
    return replace(interval, label=next(iter(shares)), probabilities=shares)
