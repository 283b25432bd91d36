"""A value that changes now and then: gaze, the pose of the head, light."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from micron_bert.synthesis.motion.time_course import ease


@dataclass(frozen=True)
class Transitions:
    """
    A value that stays for a while and then changes smoothly.

    Attributes:
        starts (`np.ndarray` of shape `(K,)`), lengths (`np.ndarray` of shape `(K,)`): of the transitions, in seconds.
        values (`np.ndarray` of shape `(K + 1, D)`): before the first transition, between them, and after the last.
    """

    starts: np.ndarray
    lengths: np.ndarray
    values: np.ndarray

    @classmethod
    def draw(
        cls,
        rng: np.random.Generator,
        duration: float,
        rate: float,
        lengths: tuple[float, float],
        sizes: Sequence[float],
    ) -> "Transitions":
        """
        Args:
            rng (`np.random.Generator`): source of randomness.
            duration (`float`): of the film in seconds.
            rate (`float`): transitions a minute.
            lengths (`tuple[float, float]`): range of the transitions' lengths in seconds, log-uniform.
            sizes (`Sequence[float]` of length D): standard deviations of the values.
        """
        count = rng.poisson(rate * duration / 60)
        starts = np.sort(rng.uniform(0, duration, count))
        taken = np.minimum(np.exp(rng.uniform(*np.log(lengths), count)), np.diff(starts, append=np.inf))
        values = np.clip(rng.standard_normal((count + 1, len(sizes))), -2, 2) * sizes
        return cls(starts, taken, values)

    def at(self, time: float) -> np.ndarray:
        """Values `(D,)` at a time in seconds."""
        k = int(np.searchsorted(self.starts, time, side="right"))
        if k == 0:
            return self.values[0]
        share = ease(np.clip((time - self.starts[k - 1]) / max(self.lengths[k - 1], 1e-6), 0, 1))
        return self.values[k - 1] + share * (self.values[k] - self.values[k - 1])

    def intervals(self) -> list[tuple[float, float]]:
        """Start and end of every transition in seconds."""
        return [(float(start), float(start + length)) for start, length in zip(self.starts, self.lengths, strict=True)]
