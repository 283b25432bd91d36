"""Scores with an interval: people are resampled, since pairs of one face resemble each other."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from micron_bert.metrics.bootstrap import interval, resample

FEWEST = 5  # people: resampling fewer says nothing


@dataclass(frozen=True)
class Score:
    """
    A score and how sure it is.

    Attributes:
        value (`float`): the mean over the seeds.
        low, high (`float`): 95 % interval of a bootstrap over people, all seeds together; NaN for fewer than five.
        sd (`float`, *optional*): standard deviation over the seeds, where there are several.
        pairs (`int`), people (`int`): how many the score stands on.
    """

    value: float
    low: float
    high: float
    sd: float | None
    pairs: int
    people: int

    def cell(self, percent: bool = False) -> str:
        """As a cell of a table, such as `.924 ± .004 [.91, .93]`."""
        if not np.isfinite(self.value):
            return "–"

        def number(value: float, digits: int) -> str:
            if percent:
                return f"{100 * value:.1f}"
            text = f"{value:.{digits}f}"
            return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text

        spread = f" ± {number(self.sd, 3)}" if self.sd is not None else ""
        interval = f" [{number(self.low, 2)}, {number(self.high, 2)}]" if np.isfinite(self.low) else ""
        return f"{number(self.value, 3)}{spread}{' %' if percent else ''}{interval}"

    def as_dict(self) -> dict:
        """For JSON, which has no NaN."""
        return {name: None if value != value else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Sample:
    """
    Whom the pairs of a score show, and the seed that each came from.

    Attributes:
        people (`np.ndarray` of shape `(N,)`): indices of people.
        seeds (`np.ndarray` of shape `(N,)`): indices of seeds.
        count (`int`): number of people.
        draws (`int`): resamplings of the bootstrap.
    """

    people: np.ndarray
    seeds: np.ndarray
    count: int
    draws: int = 1000

    def score(self, function: Callable[[np.ndarray, np.ndarray], np.ndarray], rows: np.ndarray | None = None) -> Score:
        """
        Args:
            function (`Callable`):
                From rows `(K,)` and weights of the people `(B, S)` to a value for each weighting, `(B,)`.
            rows (`np.ndarray`, *optional*):
                Which pairs, as bools `(N,)`; all if left out.
        """
        chosen = np.flatnonzero(np.ones(len(self.people), bool) if rows is None else rows)
        if not len(chosen):
            return Score(float("nan"), float("nan"), float("nan"), None, 0, 0)
        once = np.ones((1, self.count))
        parts = [chosen[self.seeds[chosen] == seed] for seed in np.unique(self.seeds[chosen])]
        values = np.array([function(part, once)[0] for part in parts])
        drawn = function(chosen, resample(self.people[chosen], self.draws, self.count))
        present = len(np.unique(self.people[chosen]))
        known = np.isfinite(drawn).any() and present >= FEWEST
        low, high = interval(drawn) if known else (np.nan, np.nan)
        sd = float(values.std(ddof=1)) if len(values) > 1 else None
        return Score(float(values.mean()), float(low), float(high), sd, len(chosen), present)

    def mean(self, values: np.ndarray, rows: np.ndarray | None = None) -> Score:
        """The mean of a value per pair `(N,)`, those that are NaN left out."""
        known = np.isfinite(values) if rows is None else np.isfinite(values) & rows
        return self.score(lambda part, weights: weighted_mean(values[part], self.people[part], weights), known)


def weighted_mean(values: np.ndarray, people: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean of a value per pair, people counted `weights` `(B, S)` times: `(B,)`."""
    sums = np.bincount(people, values, weights.shape[1])
    counts = np.bincount(people, minlength=weights.shape[1])
    total = weights @ counts
    return np.divide(weights @ sums, total, out=np.full(len(weights), np.nan), where=total > 0)
