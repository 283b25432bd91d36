"""Probabilities and their logarithmic odds."""

import numpy as np


def logit(share: float | np.ndarray) -> np.ndarray:
    """Logarithmic odds of a share, which is kept a little away from 0 and 1."""
    share = np.clip(share, 1e-4, 1 - 1e-4)
    return np.log(share / (1 - share))


def sigmoid(value: float | np.ndarray) -> np.ndarray:
    """The share that has such logarithmic odds."""
    return 1 / (1 + np.exp(-value))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits `(…, classes)` as probabilities of one class each."""
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)
