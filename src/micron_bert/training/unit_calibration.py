"""Calibration of the head for action units: a probability and a threshold for each unit."""

import os
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from micron_bert.arguments.model import ModelArguments
from micron_bert.checkpoints.starting_model import make_processor
from micron_bert.data.examples.synthetic import LabelledPairs
from micron_bert.errors import InputError
from micron_bert.model.unit_reading_micron_bert import USUAL_THRESHOLD
from micron_bert.spotting.odds import sigmoid
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import Portrait, load_portraits
from micron_bert.training.batches import batches_of
from micron_bert.training.calibrate import split_held_out
from micron_bert.training.calibration_record import UNIT_RECORD as RECORD
from micron_bert.training.calibration_record import read_record, to_calibrate, write_back
from micron_bert.training.scores import score_unit_head

# pairs of their own: neither those of the training nor those of any benchmark
SEED = 2**31 + 101
FEWEST = 15  # pairs that show a unit, by which its threshold begins to say something
THRESHOLDS = np.arange(0.1, 0.91, 0.025)


def calibrate_action_units(
    model: str | os.PathLike,
    faces: list[str],
    pairs: int = 2000,
    test_fraction: float = 0.2,
    split_seed: int = 0,
    processes: int = 1,
) -> dict:
    """
    Brings the probability of each action unit in line with how often it moved, finds the threshold that serves its F1
    best, and writes both back.

    Fitted on one half of the people who were held out of the training, measured on the other half. The logistic curves
    (Platt 1999) go into the head, the thresholds into the configuration.

    Args:
        model (`str` or `os.PathLike`):
            Folder of a model with a head for action units; changed in place.
        faces, pairs, test_fraction, split_seed, processes:
            As for [`~micron_bert.training.calibrate.calibrate`].

    Returns:
        `dict`: macro F1 before and after, and by unit F1, threshold and how many pairs show it; also written to
        `action_units.json`.

    Raises:
        InputError: the model has no such head, was calibrated before, or nobody is held out.
    """
    folder = Path(model)
    network = to_calibrate(folder, RECORD)
    if network is None:
        return read_record(folder, RECORD)
    if network.action_units is None:
        raise InputError(f"`{folder}` tells no action units; train a head with finetune_action_units.")
    names = list(network.config.action_units)
    halves = split_held_out(load_portraits(faces, size=network.config.image_size), test_fraction, split_seed)
    told = [_answers(network, folder, half, pairs, SEED + k, processes) for k, half in enumerate(halves)]
    (logits, _, truth), (other_logits, other_sides, other_truth) = told

    curves = [platt(logits[:, k], truth[:, k, 0]) for k in range(len(names))]
    slopes, intercepts = (np.array(values) for values in zip(*curves, strict=True))
    thresholds = [best_threshold(slopes[k] * logits[:, k] + intercepts[k], truth[:, k, 0]) for k in range(len(names))]
    network.action_units.calibration.copy_(torch.tensor(np.stack([slopes, intercepts], axis=1)))
    network.config.action_unit_thresholds = thresholds
    before = score_unit_head(other_logits, other_sides, other_truth, names)
    after = score_unit_head(slopes * other_logits + intercepts, other_sides, other_truth, names, thresholds)
    result = {
        "people": [len({one.subject for one in half}) for half in halves],
        "pairs": pairs,
        "macro_f1": {"before": before["macro_f1"], "after": after["macro_f1"]},
        "side_accuracy": after["side_accuracy"],
        "one_sided_accuracy": after["one_sided_accuracy"],
        "by_unit": {
            name: {
                "f1": after["f1"][name] if after["occurs"][name] else None,
                "threshold": threshold,
                "occurs": after["occurs"][name],
            }
            for name, threshold in zip(names, thresholds, strict=True)
        },
    }
    return write_back(network, folder, RECORD, result)


def platt(logits: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the logistic curve from a logit to how often the unit moved; 1 and 0 of too few."""
    moved = truth == 1
    if moved.sum() < FEWEST or (~moved).sum() < FEWEST:
        return 1.0, 0.0
    curve = LogisticRegression(C=1e3).fit(logits[:, None], moved)
    # a head that is wrong more often than right would be turned around: it keeps what it says
    slope = float(curve.coef_[0, 0])
    return (slope, float(curve.intercept_[0])) if slope > 0 else (1.0, 0.0)


def best_threshold(logits: np.ndarray, truth: np.ndarray) -> float:
    """The probability from which on a unit is best said to have moved, by its F1; the usual one of too few."""
    moved = truth == 1
    if moved.sum() < FEWEST:
        return USUAL_THRESHOLD
    share = sigmoid(logits)
    said = share[None] >= THRESHOLDS[:, None]
    f1 = 2 * (said & moved).sum(axis=1) / (said.sum(axis=1) + moved.sum())
    # of thresholds that serve about as well the middle one, which chance moved least
    good = THRESHOLDS[f1 >= f1.max() - 0.005]
    return round(float(np.median(good)), 3)


@torch.inference_mode()
def _answers(network, folder: Path, portraits: list[Portrait], pairs: int, seed: int, processes: int):
    """Logits `(pairs, units)`, sides `(pairs, units, 3)` and truth `(pairs, units, 3)`."""
    config = network.config
    drawn = SyntheticPairs(portraits, size=config.image_size, seed=seed, length=pairs)
    processor = make_processor(ModelArguments(checkpoint=str(folder)), config)
    shown = LabelledPairs(drawn, processor, config.patch_size, action_units=config.action_units)
    logits, sides, truth = [], [], []
    for batch in batches_of(shown, processes if processes > 1 else 0):
        output = network(batch["pixel_values"])
        logits.append(output.action_unit_logits.float())
        sides.append(output.action_unit_sides.float())
        truth.append(batch["action_units"])
    return tuple(torch.cat(parts).numpy() for parts in (logits, sides, truth))
