"""Scores of named classes for any weighting of the people."""

import numpy as np


def confusions(
    labels: np.ndarray, predictions: np.ndarray, people: np.ndarray, classes: int, count: int
) -> np.ndarray:
    """How often each class was taken for each other, person by person: `(S, classes, classes)`."""
    flat = (people.astype(np.int64) * classes + labels) * classes + predictions
    return np.bincount(flat, minlength=count * classes**2).reshape(count, classes, classes)


def unweighted_f1(matrices: np.ndarray) -> np.ndarray:
    """UF1 of confusion matrices `(B, C, C)`, as [`micron_bert.metrics.unweighted_f1`] defines it: `(B,)`."""
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    seen = matrices.sum(axis=1) + matrices.sum(axis=2)
    return np.divide(2 * hits, seen, out=np.zeros(hits.shape), where=seen > 0).mean(axis=1)


def unweighted_recall(matrices: np.ndarray) -> np.ndarray:
    """UAR of confusion matrices `(B, C, C)`: `(B,)`."""
    hits, present = np.diagonal(matrices, axis1=1, axis2=2), matrices.sum(axis=2)
    return np.divide(hits, present, out=np.zeros(hits.shape), where=present > 0).mean(axis=1)


def weigh(matrices: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The sum of matrices `(S, C, C)`, people counted `weights` `(B, S)` times: `(B, C, C)`."""
    return np.tensordot(weights, matrices, axes=1)
