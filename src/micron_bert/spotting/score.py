"""The learned score: how probable it is that a candidate is an expression, from a forest kept as plain arrays."""

import os
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from micron_bert.errors import InputError
from micron_bert.spotting.features import FEATURES

KINDS = ("micro", "macro")
MOST_LENIENT, MOST_STRICT = 0.02, 0.98  # confidences asked for at strictness 0 and 1
EVEN = 0.5  # at strictness 0.5 nothing is told that is less probable than not
LEAST_SHARE = 1e-3  # of the trees' votes: no candidate is quite impossible or quite sure


class Forest:
    """
    Randomised decision trees for one kind of candidate, and the logistic curve that makes their votes probabilities.

    Args:
        arrays (`dict[str, np.ndarray]`):
            `feature`, `threshold`, `left`, `right`, `value`, each of shape `(trees, nodes)`; leaves have themselves on
            both sides. `fill`: a value for each feature where it is not known. `depth`: of the deepest tree.
            `slope`, `intercept`: of the logistic curve over the logit of the mean vote. `best`: the confidence that
            gave the best F1 where the forest was fitted. `usual`: how far frames of a film stick out as a rule.
    """

    def __init__(self, arrays: dict[str, np.ndarray]):
        self.feature, self.left, self.right = (arrays[name].astype(int) for name in ("feature", "left", "right"))
        self.threshold, self.value = (arrays[name].astype(np.float32) for name in ("threshold", "value"))
        self.fill, self.depth = arrays["fill"], int(arrays["depth"])
        self.slope, self.intercept = float(arrays["slope"]), float(arrays["intercept"])
        self.best, self.usual = float(arrays["best"]), float(arrays["usual"])

    def votes(self, features: np.ndarray) -> np.ndarray:
        """Mean votes `(N,)` of the trees for features `(N, F)`."""
        features = np.where(np.isfinite(features), features, self.fill).astype(np.float32)
        rows, trees = np.arange(len(features))[:, None], np.arange(len(self.feature))[None]
        node = np.zeros((len(features), len(self.feature)), int)
        for _ in range(self.depth):
            goes_left = features[rows, self.feature[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        return self.value[trees, node].mean(axis=1)

    def confidence(self, features: np.ndarray) -> np.ndarray:
        """Probabilities `(N,)` from features `(N, F)`."""
        return sigmoid(self.slope * logit(self.votes(features)) + self.intercept)

    def required(self, strictness: float) -> float:
        """The confidence that a strictness between 0 and 1 asks for; at 0.5 the one with the best F1, or 50 %."""
        knots = [logit(MOST_LENIENT), logit(max(self.best, EVEN)), logit(MOST_STRICT)]
        return float(sigmoid(np.interp(strictness, (0, 0.5, 1), knots)))


class Score:
    """
    The learned score of candidates.

    Args:
        path (`str` or `os.PathLike`, *optional*):
            File that `micron_bert.spotting.fitting` wrote; the one that comes with the package if left out.

    Raises:
        [`InputError`]: the file cannot be read, or was fitted for other features.
    """

    def __init__(self, path: str | os.PathLike | None = None):
        path = path or Path(str(resources.files("micron_bert"))) / "spotting" / "score.npz"
        arrays = _read(str(path))
        if tuple(arrays.get("features", ())) != FEATURES:
            raise InputError(f"The score `{path}` was fitted for other features; fit it again.")
        self.kinds = {
            kind: Forest({n.removeprefix(f"{kind}_"): a for n, a in arrays.items() if n.startswith(kind)})
            for kind in KINDS
        }

    @classmethod
    def blank(cls) -> "Score":
        """A score that tells nothing from nothing, for fitting."""
        score = cls.__new__(cls)
        arrays = {name: np.zeros((1, 1)) for name in ("feature", "threshold", "left", "right", "value")}
        arrays |= {"fill": np.zeros(len(FEATURES)), "best": 0.5}
        arrays |= dict.fromkeys(("depth", "slope", "intercept", "usual"), 0.0)
        score.kinds = {kind: Forest(arrays) for kind in KINDS}
        return score


@cache
def _read(path: str) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"The score `{path}` cannot be read; fit it again.") from error


def logit(share: float | np.ndarray) -> np.ndarray:
    share = np.clip(share, LEAST_SHARE, 1 - LEAST_SHARE)
    return np.log(share / (1 - share))


def sigmoid(value: float | np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))
