"""The answer to a film: the pair's name, with the course head's decision whether it is an expression."""

from dataclasses import replace

from micron_bert.model.unit_reading_micron_bert import unclaimed
from micron_bert.recognition.detection import MICRO, NONE, Detection
from micron_bert.recognition.recognition import Recognition


def decided(recognition: Recognition, detection: Detection) -> Recognition:
    """
    A recognition of two frames, updated with the detection in the film.

    The probability of an expression is the finding's confidence; the classes share it as the course head predicts.
    A macro-expression gets no name, because nobody has measured those names.

    Args:
        recognition ([`Recognition`]):
            From the onset to the apex of the surest finding, or of the strongest movement where there is none.
        detection ([`Detection`]): of the film.
    """
    shown = detection.shown
    confidence = 0.0 if shown is None else shown.confidence
    named = (None if shown is None else shown.probabilities) or recognition.probabilities
    shares = {name: value for name, value in named.items() if name != NONE}
    total = max(sum(shares.values()), 1e-9)
    probabilities = {name: confidence * value / total for name, value in shares.items()} | {NONE: 1 - confidence}
    changes = {"label": max(shares, key=shares.get) if detection.yes else NONE, "probabilities": probabilities}
    if detection.yes and shown.kind != MICRO:
        changes = {"label": None, "probabilities": {NONE: 1 - confidence}}
    changes["action_units"] = recognition.action_units if detection.yes else unclaimed(recognition.action_units)
    if shown is not None:
        changes["offset"] = shown.offset
        changes["times"] = {"onset": shown.start, "apex": shown.peak, "offset": shown.end}
    return replace(recognition, **changes, detection=detection)
