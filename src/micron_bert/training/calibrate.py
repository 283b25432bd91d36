"""Calibration: probabilities that mean what they say, and a stated share of false alarms."""

import os
from pathlib import Path

import numpy as np
import torch

from micron_bert.arguments.model import ModelArguments
from micron_bert.checkpoints.starting_model import make_processor
from micron_bert.data.examples.synthetic import LabelledPairs
from micron_bert.errors import InputError
from micron_bert.labels.emotions import LABELS
from micron_bert.metrics.calibration import expected_calibration_error, fit_temperature
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import Portrait, load_portraits, split_identities
from micron_bert.training.batches import batches_of
from micron_bert.training.calibration_record import RECORD, read_record, to_calibrate, write_back

# pairs of their own: neither those of the training nor those of any benchmark
SEED = 2**31 + 1


def calibrate(
    model: str | os.PathLike,
    faces: list[str],
    pairs: int = 2000,
    false_alarms: float = 0.02,
    test_fraction: float = 0.2,
    split_seed: int = 0,
    processes: int = 1,
) -> dict:
    """
    Brings the probabilities of a recognition model in line with how often it is right, and writes it back.

    A temperature, and an offset of `none` that keeps false alarms to a share, are fitted on one half of the people who
    were held out of the training, measured on the other half, and folded into the model's last layer.

    Args:
        model (`str` or `os.PathLike`):
            Folder of a model with the four classes of the synthesizer; changed in place.
        faces (`list[str]`):
            The folders of photographs that it was trained on.
        pairs (`int`, defaults to 2,000):
            Synthetic pairs for each half.
        false_alarms (`float`, defaults to 0.02):
            Share of `none` pairs of the first half that may be called an expression; among other people it is larger.
            The offset only ever favours `none`.
        test_fraction (`float`), split_seed (`int`):
            As in the training, so that the people held out are the same.
        processes (`int`, defaults to 1):
            Processes that prepare the pairs.

    Returns:
        `dict`: temperature, offset, and on the other half the expected calibration error and the share of false alarms
        before and after; also written to `calibration.json`.

    Raises:
        InputError: the model has other classes, was calibrated before, or nobody is held out.
    """
    folder = Path(model)
    network = to_calibrate(folder, RECORD)
    if network is None:
        return read_record(folder, RECORD)
    place = {label: index for index, label in network.config.id2label.items()}
    if set(place) != set(LABELS):
        raise InputError(f"`{folder}` tells {', '.join(place)} apart, not {', '.join(LABELS)}.")
    halves = split_held_out(load_portraits(faces, size=network.config.image_size), test_fraction, split_seed)
    order = [place[label] for label in LABELS]
    answers = [_answers(network, folder, half, pairs, SEED + k, processes) for k, half in enumerate(halves)]
    (logits, labels), (other_logits, other_labels) = [(scores[:, order], truth) for scores, truth in answers]

    temperature = fit_temperature(logits, labels)
    offset = none_offset(logits / temperature, labels, false_alarms)
    head = network.classifier.clip.out_proj
    with torch.no_grad():
        head.weight /= temperature
        head.bias /= temperature
        head.bias[place["none"]] += offset
    tempered = other_logits / temperature
    shifted = tempered + offset * (np.arange(len(LABELS)) == LABELS.index("none"))
    # an offset is a statement about how often there is nothing: pairs without an expression count as often
    weights = np.where(other_labels == LABELS.index("none"), np.exp(offset), 1.0)
    result = {
        "temperature": temperature,
        "none_offset": offset,
        "share_of_none": float(np.exp(offset) / (np.exp(offset) + len(LABELS) - 1)),
        "people": [len({one.subject for one in half}) for half in halves],
        "pairs": pairs,
        "expected_calibration_error": {
            "before": expected_calibration_error(other_logits, other_labels),
            "after": expected_calibration_error(shifted, other_labels, weights),
        },
        "false_alarms": {
            "before": false_alarm_rate(other_logits, other_labels),
            "after": false_alarm_rate(shifted, other_labels),
        },
    }
    return write_back(network, folder, RECORD, result)


def split_held_out(
    portraits: list[Portrait], test_fraction: float = 0.2, split_seed: int = 0
) -> tuple[list[Portrait], list[Portrait]]:
    """Of the people held out of a training, those that calibration is fitted on, and those nothing is fitted on."""
    _, held_out = split_identities(portraits, test_fraction, split_seed)
    return split_identities(held_out, 0.5, split_seed + 1)


def none_offset(logits: np.ndarray, labels: np.ndarray, false_alarms: float) -> float:
    """What to add to the score of `none` so that this share of its pairs is called something else; 0 at least."""
    none = LABELS.index("none")
    resting = logits[labels == none]
    evidence = np.delete(resting, none, axis=1).max(axis=1) - resting[:, none]
    return max(0.0, float(np.quantile(evidence, 1 - false_alarms)))


def false_alarm_rate(logits: np.ndarray, labels: np.ndarray) -> float:
    """Share of the `none` pairs that are called an expression."""
    none = LABELS.index("none")
    return float((logits[labels == none].argmax(axis=1) != none).mean())


@torch.inference_mode()
def _answers(network, folder: Path, portraits: list[Portrait], pairs: int, seed: int, processes: int):
    """Logits `(pairs, classes)` and labels `(pairs,)`."""
    config = network.config
    drawn = SyntheticPairs(portraits, size=config.image_size, seed=seed, length=pairs)
    shown = LabelledPairs(drawn, make_processor(ModelArguments(checkpoint=str(folder)), config), config.patch_size)
    batches = list(batches_of(shown, processes if processes > 1 else 0))
    logits = torch.cat([network(batch["pixel_values"]).logits.float() for batch in batches])
    return logits.numpy(), torch.cat([batch["labels"] for batch in batches]).numpy()
