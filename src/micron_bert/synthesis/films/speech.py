"""Talking in a film: what the jaw and the lips do, syllable by syllable."""

from dataclasses import dataclass

import numpy as np

from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.layout import lay_out
from micron_bert.synthesis.motion.time_course import Drift, ease


@dataclass(frozen=True)
class Speech:
    """
    Bouts of talking: the jaw opens and closes with every syllable, the lips move between them.

    Attributes:
        bouts (`list[tuple[float, float]]`): start and end in seconds.
        centres, widths, sizes (`np.ndarray` of shape `(K,)`):
            Of the syllables: seconds of the widest opening, seconds from there to closed, and the opening in % IOD.
        lips (`tuple[Drift, Drift]`): rounding of the lips, and lowering of the lower one, around the opening's size.
    """

    bouts: list[tuple[float, float]]
    centres: np.ndarray
    widths: np.ndarray
    sizes: np.ndarray
    lips: tuple[Drift, Drift]

    @classmethod
    def draw(cls, rng: np.random.Generator, duration: float, rates: EventRates) -> "Speech":
        """Draw bouts that fill the share of the time that `rates` states, and their syllables."""
        lengths = []
        while rates.speech and sum(lengths) + 4 <= rates.speech * duration + 2:
            lengths.append(rng.uniform(2, 6))
        starts = lay_out(rng, lengths, duration)
        bouts = [(start, start + length) for start, length in zip(starts, lengths, strict=True)]
        rows = []
        for start, end in bouts:
            rate, size = rng.uniform(*rates.syllables), np.exp(rng.uniform(*np.log(rates.speech_size)))
            time = start + 0.1
            while True:
                length = np.exp(0.2 * rng.standard_normal()) / rate
                if time + 1.1 * length > end:
                    break
                if rng.random() > 0.08:  # a short halt now and then
                    rows.append((time + length / 2, 0.6 * length, size * np.exp(0.4 * rng.standard_normal())))
                time += length
        centres, widths, sizes = np.array(rows).reshape(-1, 3).T
        lips = tuple(Drift.draw(rng, 0.5, (1.0, 4.0)) for _ in range(2))
        return cls(bouts, centres, widths, sizes, lips)

    def at(self, time: float) -> np.ndarray:
        """Opening of the jaw, rounding of the lips, lowering of the lower lip `(3,)` in % IOD at a time in seconds."""
        near = np.flatnonzero(np.abs(self.centres - time) < self.widths)
        opening = sum(self.sizes[k] * ease(1 - abs(self.centres[k] - time) / self.widths[k]) for k in near)
        talking = max((np.clip(min(time - start, end - time) / 0.25, 0, 1) for start, end in self.bouts), default=0.0)
        size = float(np.mean(self.sizes)) if len(self.sizes) else 0.0
        rounding, lowering = (0.6 * size * ease(talking) * drift.at(time) for drift in self.lips)
        return np.array([opening, rounding, lowering])
