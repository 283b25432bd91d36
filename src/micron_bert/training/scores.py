"""Scores of a trained model on held-out people."""

import numpy as np

from micron_bert.metrics import (
    accuracy,
    action_unit_f1,
    confusion_matrix,
    unweighted_average_recall,
    unweighted_f1,
)

# largest displacement of the expression in % IOD
AMPLITUDE_BINS = ((0.3, 0.6), (0.6, 1.2), (1.2, 2.5))


def _uf1_uar(labels: np.ndarray, predictions: np.ndarray, classes: int) -> dict:
    return {
        "uf1": unweighted_f1(labels, predictions, classes),
        "uar": unweighted_average_recall(labels, predictions, classes),
        "samples": len(labels),
    }


def score_classes(
    logits: np.ndarray, labels: np.ndarray, names: list[str], amplitudes: np.ndarray | None = None
) -> dict:
    """
    UF1, UAR and accuracy, for all and for parts of the samples.

    Args:
        logits (`np.ndarray` of shape `(N, classes)`):
            Scores of the classes.
        labels (`np.ndarray` of shape `(N,)`):
            True classes.
        names (`list[str]`):
            Names of the classes.
        amplitudes (`np.ndarray` of shape `(N,)`, *optional*):
            Size of the expression in % IOD.

    Returns:
        `dict`: `uf1`, `uar`, `accuracy`, `samples`, `confusion_matrix` (rows are the true classes). Where there is a
        class `none`, also `without_none`: the samples with an expression, told among the other classes; and where
        the amplitudes are known `by_amplitude`: the same by bins of % IOD.
    """
    predictions = logits.argmax(axis=1)
    scores = {
        **_uf1_uar(labels, predictions, len(names)),
        "accuracy": accuracy(labels, predictions),
        "confusion_matrix": confusion_matrix(labels, predictions, len(names)).tolist(),
    }
    kept = [index for index, name in enumerate(names) if name != "none"]
    shown = np.isin(labels, kept)
    if not shown.any():
        return scores
    place = {index: number for number, index in enumerate(kept)}
    moved_labels = np.array([place[label] for label in labels[shown]])
    moved_predictions = logits[shown][:, kept].argmax(axis=1)
    if len(kept) < len(names):
        scores["without_none"] = _uf1_uar(moved_labels, moved_predictions, len(kept))
    if amplitudes is not None:
        scores["by_amplitude"] = {}
        for low, high in AMPLITUDE_BINS:
            below = amplitudes[shown] <= high if (low, high) == AMPLITUDE_BINS[-1] else amplitudes[shown] < high
            inside = (amplitudes[shown] >= low) & below
            if inside.any():
                part = _uf1_uar(moved_labels[inside], moved_predictions[inside], len(kept))
                scores["by_amplitude"][f"{low}-{high}"] = part
    return scores


def score_action_units(logits: np.ndarray, labels: np.ndarray, names: list[str]) -> dict:
    """
    F1 of each action unit, present where its logit is above 0.

    Args:
        logits, labels (`np.ndarray` of shape `(N, units)`):
            Scores, and 0 or 1.
        names (`list[str]`):
            Names of the units.

    Returns:
        `dict`: `action_unit_f1` (the mean), `by_action_unit`, `samples`.
    """
    f1 = action_unit_f1(labels > 0.5, logits > 0)
    by_unit = dict(zip(names, f1.tolist(), strict=True))
    return {"action_unit_f1": float(f1.mean()), "by_action_unit": by_unit, "samples": len(labels)}


def score_unit_head(
    logits: np.ndarray,
    sides: np.ndarray,
    truth: np.ndarray,
    names: list[str],
    thresholds: list[float] | None = None,
) -> dict:
    """
    What the head for action units is worth.

    Args:
        logits (`np.ndarray` of shape `(N, units)`), sides (`np.ndarray` of shape `(N, units, 3)`):
            What it said.
        truth (`np.ndarray` of shape `(N, units, 3)`):
            Present, side and intensity, as [`~micron_bert.data.examples.targets.unit_truth`] gives it.
        names (`list[str]`):
            Numbers of the units.
        thresholds (`list[float]`, *optional*):
            Probabilities from which on a unit counts as present; 0.5 each when left out.

    Returns:
        `dict`: `macro_f1` (mean over the units that occur), `f1` and `occurs` by unit, `side_accuracy` (of present
        units that the truth knows the side of), `one_sided_accuracy` (of those on one side only), `samples`.
    """
    known = ~np.isnan(truth[..., 0]).any(axis=1)
    logits, sides, truth = logits[known], sides[known], truth[known]
    present = truth[..., 0] == 1
    least = np.asarray(thresholds or [0.5] * len(names))
    f1 = action_unit_f1(present, logits >= np.log(least / (1 - least)))
    occurs = present.sum(axis=0)
    right = sides.argmax(axis=-1) == truth[..., 1]
    sided = present & ~np.isnan(truth[..., 1])
    return {
        "macro_f1": float(f1[occurs > 0].mean()) if occurs.any() else 0.0,
        "f1": dict(zip(names, f1.tolist(), strict=True)),
        "occurs": dict(zip(names, occurs.tolist(), strict=True)),
        "side_accuracy": _share(right, sided),
        "one_sided_accuracy": _share(right, sided & (truth[..., 1] > 0)),
        "samples": len(truth),
    }


def _share(right: np.ndarray, counted: np.ndarray) -> float | None:
    return float(right[counted].mean()) if counted.any() else None
