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
LEAST_SHARE = 1e-3  # of the trees' votes: no candidate is quite impossible or quite sure
TREE_ARRAYS = ("feature", "threshold", "left", "right", "value", "depth")


class Trees:
    """
    Randomised decision trees as arrays.

    Args:
        arrays (`dict[str, np.ndarray]`):
            `feature`, `threshold`, `left`, `right`, each of shape `(trees, nodes)`, and `value`, `(trees, nodes,
            outputs)`; leaves have themselves on both sides. `depth`: of the deepest tree.
    """

    def __init__(self, arrays: dict[str, np.ndarray]):
        self.feature, self.left, self.right = (arrays[name].astype(np.intp) for name in ("feature", "left", "right"))
        self.threshold, self.value = (arrays[name].astype(np.float32) for name in ("threshold", "value"))
        self.depth = int(arrays["depth"])

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Mean over the trees `(N, outputs)` for features `(N, F)` without gaps."""
        features = features.astype(np.float32)
        rows, trees = np.arange(len(features))[:, None], np.arange(len(self.feature))[None]
        node = np.zeros((len(features), len(self.feature)), np.intp)
        for _ in range(self.depth):
            goes_left = features[rows, self.feature[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        return self.value[trees, node].mean(axis=1)


class Forest:
    """
    Two sets of trees for one kind of candidate: how probable an expression is, and where it begins and ends.

    Args:
        arrays (`dict[str, np.ndarray]`):
            Those of [`Trees`] with one output, the share of votes for an expression; the same after `extent_` with
            two, what onset and offset have to be moved by, as shares of the candidate's length. `fill`: a value for
            each feature where it is not known. `slope`, `intercept`: of the logistic curve over the logit of the
            votes. `best`: the confidence that is asked for at strictness 0.5.
    """

    def __init__(self, arrays: dict[str, np.ndarray]):
        self.trees = Trees({name: arrays[name] for name in TREE_ARRAYS})
        self.extents = Trees({name: arrays[f"extent_{name}"] for name in TREE_ARRAYS})
        self.fill = arrays["fill"]
        self.slope, self.intercept = float(arrays["slope"]), float(arrays["intercept"])
        self.best = float(arrays["best"])

    def filled(self, features: np.ndarray) -> np.ndarray:
        """Features `(N, F)` with something in place of what is not known."""
        return np.where(np.isfinite(features), features, self.fill)

    def votes(self, features: np.ndarray) -> np.ndarray:
        """Mean votes `(N,)` of the trees for features `(N, F)`."""
        return self.trees(self.filled(features))[:, 0]

    def confidence(self, features: np.ndarray) -> np.ndarray:
        """Probabilities `(N,)` from features `(N, F)`."""
        return sigmoid(self.slope * logit(self.votes(features)) + self.intercept)

    def corrections(self, features: np.ndarray) -> np.ndarray:
        """What onsets and offsets have to be moved by `(N, 2)`, as shares of the candidates' lengths."""
        return self.extents(self.filled(features))

    def required(self, strictness: float) -> float:
        """The confidence that a strictness between 0 and 1 asks for."""
        knots = [logit(MOST_LENIENT), logit(self.best), logit(MOST_STRICT)]
        return float(sigmoid(np.interp(strictness, (0, 0.5, 1), knots)))


class Score:
    """
    The learned score of candidates.

    Args:
        path (`str` or `os.PathLike`, *optional*):
            File that `micron_bert.spotting.fitting.fit` wrote; the one that comes with the package if left out.

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
        arrays = {name: np.zeros((1, 1)) for name in ("feature", "threshold", "left", "right")} | {"depth": 0}
        arrays |= {"value": np.zeros((1, 1, 2)), "fill": np.zeros(len(FEATURES)), "best": 0.5}
        arrays |= {f"extent_{name}": arrays[name] for name in TREE_ARRAYS}
        arrays |= dict.fromkeys(("slope", "intercept"), 0.0)
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
