"""Calibration of probabilities: its error, and the temperature that corrects it."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """
    Confidence and accuracy in equally wide bins of the confidence.

    Attributes:
        counts, confidence, accuracy (`np.ndarray` of shape `(15,)`): NaN in empty bins.
    """

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray


def reliability(logits: np.ndarray, labels: np.ndarray) -> Reliability:
    """Reliability of the winning class: logits `(N, classes)`, labels `(N,)`."""
    confidence, right, place = _winner(logits, labels)
    counts = np.bincount(place, minlength=BINS)
    with np.errstate(invalid="ignore"):
        return Reliability(counts, *(np.bincount(place, values, BINS) / counts for values in (confidence, right)))


def expected_calibration_error(
    logits: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """
    Mean distance between the confidence in the winning class and its accuracy, over 15 bins of the confidence
    (Guo et al. 2017).

    Args:
        logits (`np.ndarray` of shape `(N, classes)`):
            Scores before the softmax.
        labels (`np.ndarray` of shape `(N,)`):
            True classes.
        weights (`np.ndarray` of shape `(N,)` or `(draws, N)`, *optional*):
            How much each sample counts; or several weightings, for an interval.

    Returns:
        `float`, or `np.ndarray` of shape `(draws,)`.
    """
    weights = np.ones(len(labels)) if weights is None else np.asarray(weights, float)
    confidence, right, place = _winner(logits, labels)
    gaps = weights @ (np.eye(BINS)[place] * (confidence - right)[:, None])
    error = np.abs(gaps).sum(axis=-1) / weights.sum(axis=-1)
    return error if weights.ndim == 2 else float(error)


def log_loss(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Negative logarithm of the true class's probability: `(N,)`."""
    return -log_softmax(np.asarray(logits, float), axis=1)[np.arange(len(labels)), labels]


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature to divide logits `(N, classes)` by, for the smallest logarithmic loss of the labels `(N,)`."""
    logits = np.asarray(logits, float)

    def loss(logarithm: float) -> float:
        return log_loss(logits / np.exp(logarithm), labels).mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def _winner(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Confidence in the winning class, whether it is right, and its bin: each `(N,)`."""
    probabilities = softmax(np.asarray(logits, float), axis=1)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    return confidence, right, np.minimum((confidence * BINS).astype(int), BINS - 1)
