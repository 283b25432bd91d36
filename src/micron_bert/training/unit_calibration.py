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
from micron_bert.model.action_units_micron_bert import shared_sides
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
# a threshold is to serve what the annotation sheets have, and what they have not
COMBINATIONS = 0.5
SHARES, CONSTANTS = np.arange(0, 1.01, 0.25), np.arange(0, 1.21, 0.1)


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
    best, and how much units say of each other's side; writes all of it back.

    Half of the pairs show what an emotion does, half combinations of units at random. Fitted on one half of the people
    who were held out of the training, measured on the other half. The logistic curves (Platt 1999) and the sharing of
    sides go into the head, the thresholds into the configuration.

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
    (logits, sides, truth), (other_logits, other_sides, other_truth) = told

    curves = [platt(logits[:, k], truth[:, k, 0]) for k in range(len(names))]
    slopes, intercepts = (np.array(values) for values in zip(*curves, strict=True))
    thresholds = [best_threshold(slopes[k] * logits[:, k] + intercepts[k], truth[:, k, 0]) for k in range(len(names))]
    shared = best_sharing(sides, sigmoid(slopes * logits + intercepts), truth)
    network.action_units.calibration.copy_(torch.tensor(np.stack([slopes, intercepts], axis=1)))
    network.action_units.side_calibration.copy_(torch.tensor(shared))
    network.config.action_unit_thresholds = thresholds
    before = score_unit_head(other_logits, other_sides, other_truth, names)
    other_logits = slopes * other_logits + intercepts
    other_sides = _shared(other_sides, sigmoid(other_logits), shared)
    after = score_unit_head(other_logits, other_sides, other_truth, names, thresholds)
    result = {
        "people": [len({one.subject for one in half}) for half in halves],
        "pairs": pairs,
        "macro_f1": {"before": before["macro_f1"], "after": after["macro_f1"]},
        "side_accuracy": {"before": before["side_accuracy"], "after": after["side_accuracy"]},
        "one_sided_accuracy": {"before": before["one_sided_accuracy"], "after": after["one_sided_accuracy"]},
        "side_calibration": shared,
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


def best_sharing(sides: np.ndarray, probabilities: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """
    How much the other units are to say of a unit's side, and what to add to one side alone; 0 and 0 of too few.

    The best are those with which the worse told of the two, units on one side and units on both, is told best.

    Args:
        sides (`np.ndarray` of shape `(N, units, 3)`), probabilities (`np.ndarray` of shape `(N, units)`):
            What the head says before.
        truth (`np.ndarray` of shape `(N, units, 3)`): present, side, intensity.
    """
    present, side = truth[..., 0] == 1, truth[..., 1]
    one, both = present & (side > 0), present & (side == 0)
    if min(one.sum(), both.sum()) < FEWEST:
        return 0.0, 0.0

    def worth(candidate: tuple[float, float]) -> float:
        right = _shared(sides, probabilities, candidate).argmax(axis=-1) == side
        return min(right[one].mean(), right[both].mean())

    return max(((float(share), float(constant)) for share in SHARES for constant in CONSTANTS), key=worth)


def _shared(sides: np.ndarray, probabilities: np.ndarray, calibration: tuple[float, float]) -> np.ndarray:
    parts = (torch.from_numpy(part).float() for part in (sides, probabilities))
    return shared_sides(*parts, torch.tensor(calibration)).numpy()


@torch.inference_mode()
def _answers(network, folder: Path, portraits: list[Portrait], pairs: int, seed: int, processes: int):
    """Logits `(pairs, units)`, sides `(pairs, units, 3)` and truth `(pairs, units, 3)`."""
    config = network.config
    drawn = SyntheticPairs(portraits, size=config.image_size, seed=seed, length=pairs, combinations=COMBINATIONS)
    processor = make_processor(ModelArguments(checkpoint=str(folder)), config)
    shown = LabelledPairs(drawn, processor, config.patch_size, action_units=config.action_units)
    logits, sides, truth = [], [], []
    for batch in batches_of(shown, processes if processes > 1 else 0):
        output = network(batch["pixel_values"])
        logits.append(output.action_unit_logits.float())
        sides.append(output.action_unit_sides.float())
        truth.append(batch["action_units"])
    return tuple(torch.cat(parts).numpy() for parts in (logits, sides, truth))
