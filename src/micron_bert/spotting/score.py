"""The learned score: how probable it is that a candidate is an expression, from boosted trees kept as numbers."""

import json
import os
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from micron_bert.errors import InputError
from micron_bert.spotting.features import FEATURES

MOST_LENIENT, MOST_STRICT = 0.02, 0.98  # confidences asked for at strictness 0 and 1


class Trees:
    """
    Gradient-boosted decision trees of one kind of candidate.

    Args:
        numbers (`dict`):
            `feature`, `threshold`, `left`, `right`, `value`: nested lists, one row for each tree, padded to one
            length (leaves have themselves on both sides); `start`; `fill`: a value for each feature where it is not
            known; `depth`; `best`: the confidence that gave the best F1 where it was fitted.
    """

    def __init__(self, numbers: dict):
        self.feature, self.left, self.right = (np.array(numbers[name], int) for name in ("feature", "left", "right"))
        self.threshold, self.value = (np.array(numbers[name], float) for name in ("threshold", "value"))
        self.start, self.fill, self.depth = numbers["start"], np.array(numbers["fill"], float), numbers["depth"]
        self.best = numbers["best"]

    def confidence(self, features: np.ndarray) -> np.ndarray:
        """Probabilities `(N,)` from features `(N, F)`."""
        features = np.where(np.isfinite(features), features, self.fill).astype(np.float32)
        rows, trees = np.arange(len(features))[:, None], np.arange(len(self.feature))[None]
        node = np.zeros((len(features), len(self.feature)), int)
        for _ in range(self.depth):
            goes_left = features[rows, self.feature[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        return 1 / (1 + np.exp(-self.start - self.value[trees, node].sum(axis=1)))

    def required(self, strictness: float) -> float:
        """The confidence that a strictness between 0 and 1 asks for; at 0.5 the one with the best F1."""
        knots = [_logit(MOST_LENIENT), _logit(self.best), _logit(MOST_STRICT)]
        return float(1 / (1 + np.exp(-np.interp(strictness, (0, 0.5, 1), knots))))


class Score:
    """
    The learned score of candidates.

    Args:
        path (`str` or `os.PathLike`, *optional*):
            File that `micron_bert.spotting.fitting` wrote; the one that comes with the package if left out.
    """

    def __init__(self, path: str | os.PathLike | None = None):
        self._take(_read(str(path or Path(str(resources.files("micron_bert"))) / "spotting" / "score.json")), path)

    @classmethod
    def blank(cls) -> "Score":
        """A score that believes in nothing, for fitting."""
        score = cls.__new__(cls)
        empty = {name: [[0]] for name in ("feature", "threshold", "left", "right", "value")}
        trees = {**empty, "start": 0.0, "fill": [0.0] * len(FEATURES), "depth": 0, "best": 0.5}
        score._take(
            {"features": FEATURES, "micro": trees, "macro": trees, "usual": {"micro": 0.0, "macro": 0.0}}, None
        )
        return score

    def _take(self, content: dict, path: str | os.PathLike | None) -> None:
        if tuple(content["features"]) != FEATURES:
            raise InputError(f"The score `{path or 'of the package'}` was fitted for other features; fit it again.")
        self.kinds = {kind: Trees(content[kind]) for kind in ("micro", "macro")}
        self.usual = content["usual"]  # strengths of a face at rest, by kind, until a film has shown its own


@cache
def _read(path: str) -> dict:
    try:
        return json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"The score `{path}` cannot be read; fit it again.") from error


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))
