"""Area under the ROC curve of movement maps: within a pair, and across pairs at one place of the face."""

import numpy as np
from scipy.stats import rankdata

ENOUGH = 20  # pairs that moved, and pairs that did not, for a place to count


def pair_auroc(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """
    How well each map ranks its own patches. A map that never looks at the pair can do well: see
    [`FixedPositions`].

    Args:
        scores (`np.ndarray` of shape `(N, P)`): one value per pair and patch, larger where more moved.
        truth (`np.ndarray` of shape `(N, P)`): bool, which patches moved.

    Returns:
        `np.ndarray` of shape `(N,)`; NaN for a pair in which all patches moved or none.
    """
    ranks = rankdata(scores, axis=1)
    moved = truth.sum(axis=1).astype(np.float64)
    still = truth.shape[1] - moved
    above = (ranks * truth).sum(axis=1) - moved * (moved + 1) / 2
    return np.divide(above, moved * still, out=np.full(len(scores), np.nan), where=moved * still > 0)


class FixedPositions:
    """
    How well a map tells, at one patch, the pairs that moved there from those that did not: averaged over patches.

    What is the same for all pairs, such as where faces move most, gains nothing here. The area is a count of
    concordant pairs of pairs; counted once per couple of people, it is had for any resampling of the people by a
    quadratic form.

    Args:
        scores (`np.ndarray` of shape `(N, P)`): one value per pair and patch.
        truth (`np.ndarray` of shape `(N, P)`): bool, which patches moved.
        people (`np.ndarray` of shape `(N,)`): who each pair shows, as integers below `count`.
        count (`int`): number of people.
        enough (`int`): fewest pairs of either kind at a patch.

    Attributes:
        used (`np.ndarray` of shape `(P,)`): bool, the patches that count.
    """

    def __init__(self, scores: np.ndarray, truth: np.ndarray, people: np.ndarray, count: int, enough: int = ENOUGH):
        self.used = (truth.sum(axis=0) >= enough) & ((~truth).sum(axis=0) >= enough)
        shows = np.eye(count, dtype=np.float32)[people]  # (N, S)
        places = [self._count(scores[:, p], truth[:, p], shows) for p in np.flatnonzero(self.used)]
        self.concordant = np.array([place[0] for place in places])  # (used, S, S): mover, resting one
        self.moved = np.array([place[1] for place in places])  # (used, S)
        self.still = np.array([place[2] for place in places])

    @staticmethod
    def _count(scores: np.ndarray, truth: np.ndarray, shows: np.ndarray) -> tuple[np.ndarray, ...]:
        order = np.argsort(scores[~truth], kind="stable")
        resting, mover = shows[~truth][order], shows[truth]
        below = np.zeros((len(resting) + 1, shows.shape[1]), np.float32)
        np.cumsum(resting, axis=0, out=below[1:])
        ranked = scores[~truth][order]
        left = np.searchsorted(ranked, scores[truth], "left")
        right = np.searchsorted(ranked, scores[truth], "right")
        passed = (below[left] + below[right]) / 2  # a tie counts half
        return mover.T @ passed, mover.sum(axis=0), resting.sum(axis=0)

    def auroc(self, weights: np.ndarray) -> np.ndarray:
        """The area for people counted `weights` `(B, S)` times: `(B,)`, NaN where no patch counts."""
        weights = weights.astype(np.float32)
        if not len(self.concordant):
            return np.full(len(weights), np.nan)
        areas = []
        for concordant, moved, still in zip(self.concordant, self.moved, self.still, strict=True):
            above = ((weights @ concordant) * weights).sum(axis=1)
            couples = (weights @ moved) * (weights @ still)
            areas.append(np.divide(above, couples, out=np.full(len(weights), np.nan), where=couples > 0))
        with np.errstate(invalid="ignore"):
            return np.nanmean(areas, axis=0)
