"""Do probabilities mean what they say?"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

BINS = 15


def expected_calibration_error(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None) -> float:
    """
    Mean distance between the confidence in the winning class and its accuracy, over 15 bins of the confidence
    (Guo et al. 2017).

    Args:
        logits (`np.ndarray` of shape `(N, classes)`):
            Scores before the softmax.
        labels (`np.ndarray` of shape `(N,)`):
            True classes.
        weights (`np.ndarray` of shape `(N,)`, *optional*):
            How much each sample counts.
    """
    probabilities = softmax(np.asarray(logits, float), axis=1)
    weights = np.ones(len(labels)) if weights is None else np.asarray(weights, float)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(place, weights * (confidence - right), BINS)
    return float(np.abs(gaps).sum() / weights.sum())


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature to divide logits `(N, classes)` by, for the smallest logarithmic loss of the labels `(N,)`."""
    logits, rows = np.asarray(logits, float), np.arange(len(labels))

    def loss(logarithm: float) -> float:
        return -log_softmax(logits / np.exp(logarithm), axis=1)[rows, labels].mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
