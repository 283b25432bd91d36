"""Scores of action units, several of which can be present at once."""

import numpy as np

from micron_bert.errors import InputError
from micron_bert.metrics.bootstrap import ratio


def action_unit_f1(labels, predictions) -> np.ndarray:
    """
    F1 of the presence of each action unit.

    Args:
        labels, predictions (`np.ndarray` of shape `(N, units)`):
            0 or 1 per sample and unit.

    Returns:
        `np.ndarray` of shape `(units,)`; 0 for a unit that neither occurs nor was predicted.

    Raises:
        InputError: shapes differ, or nothing to score.
    """
    labels, predictions = np.asarray(labels).astype(bool), np.asarray(predictions).astype(bool)
    if labels.ndim != 2 or labels.shape != predictions.shape or not labels.size:
        raise InputError(
            "`labels` and `predictions` must have one and the same shape (samples, action units), "
            f"got {labels.shape} and {predictions.shape}."
        )
    # not by scikit-learn, which takes a single column for two classes
    return ratio(2.0 * (labels & predictions).sum(axis=0), labels.sum(axis=0) + predictions.sum(axis=0))


def action_unit_averages(labels, predictions, datasets) -> tuple[float, float]:
    """
    The two averages of the cross-dataset benchmark CD6ME (arXiv 2211.11425).

    Args:
        labels, predictions (`np.ndarray` of shape `(N, units)`):
            0 or 1 per sample and unit, the test predictions of all folds.
        datasets (`Sequence[str]` of length `N`):
            Which dataset a sample is from.

    Returns:
        `tuple[float, float]`: the mean over the units of the F1 on all samples ("AUs average"), and the mean over the
        datasets of the units' mean F1 within each of them ("Datasets average").

    Raises:
        InputError: lengths differ, or nothing to score.
    """
    labels, predictions, datasets = np.asarray(labels), np.asarray(predictions), np.asarray(datasets)
    over_units = float(action_unit_f1(labels, predictions).mean())
    if datasets.shape != labels.shape[:1]:
        raise InputError(f"`datasets` must name one dataset for each of the `{len(labels)}` samples.")
    parts = [datasets == name for name in np.unique(datasets)]
    return over_units, float(np.mean([action_unit_f1(labels[part], predictions[part]).mean() for part in parts]))
