"""When things happen: the rise and fall of an expression, blinks, and drifts, at any frame rate."""

from dataclasses import dataclass, replace

import numpy as np

# percentiles of the annotated durations in milliseconds: onset to apex, onset to offset
PERCENTILES = (5, 25, 50, 75, 95)
DURATIONS = {
    "casme2": ((75, 115, 150, 205, 325), (180, 255, 305, 430, 500)),
    "samm": ((70, 120, 160, 198, 301), (200, 298, 390, 448, 500)),
    "dfme": ((88, 145, 196, 242, 314), (205, 310, 396, 467, 500)),
}
SHORTEST_FALL = 0.06  # seconds from the apex to the offset at least
LAG = 0.16  # seconds over which the size of a drift is stated: the median from onset to apex


@dataclass(frozen=True)
class TimeCourse:
    """
    The course of one expression.

    Attributes:
        onset (`float`), apex (`float`), offset (`float`): in seconds.
        rise (`float`), fall (`float`): exponents that bend the two flanks; 1 is symmetric.
    """

    onset: float
    apex: float
    offset: float
    rise: float = 1.0
    fall: float = 1.0

    def intensity(self, times: np.ndarray) -> np.ndarray:
        """Share of the full expression at `times` (seconds): 0 before onset and after offset, 1 at the apex."""
        up = np.clip((times - self.onset) / (self.apex - self.onset), 0, 1) ** self.rise
        down = np.clip((self.offset - times) / (self.offset - self.apex), 0, 1) ** self.fall
        return ease(np.minimum(up, down))

    def later(self, seconds: float) -> "TimeCourse":
        """The same course, so many seconds later."""
        return replace(self, onset=self.onset + seconds, apex=self.apex + seconds, offset=self.offset + seconds)


@dataclass(frozen=True)
class HeldCourse:
    """
    The course of an expression that stays for a while.

    Attributes:
        onset (`float`), apex (`float`), release (`float`), offset (`float`):
            Seconds at which it begins, is full, begins to fade, and has gone.
    """

    onset: float
    apex: float
    release: float
    offset: float

    def intensity(self, times: np.ndarray) -> np.ndarray:
        """Share of the full expression at `times` (seconds)."""
        up = (np.asarray(times) - self.onset) / (self.apex - self.onset)
        down = (self.offset - np.asarray(times)) / (self.offset - self.release)
        return ease(np.clip(np.minimum(up, down), 0, 1))

    def later(self, seconds: float) -> "HeldCourse":
        """The same course, so many seconds later."""
        return HeldCourse(self.onset + seconds, self.apex + seconds, self.release + seconds, self.offset + seconds)


def ease(share: np.ndarray) -> np.ndarray:
    """The minimum-jerk course between rest and rest."""
    return share**3 * (10 - 15 * share + 6 * share**2)


def draw_time_course(rng: np.random.Generator, start: float = 0.0) -> TimeCourse:
    """
    Draw durations as the annotation sheets of CASME II, SAMM and DFME have them; a slow rise goes with a long whole.

    Args:
        rng (`np.random.Generator`): source of randomness.
        start (`float`): time of the onset in seconds.
    """
    to_apex, whole = DURATIONS[list(DURATIONS)[rng.integers(len(DURATIONS))]]
    first, other = rng.uniform(5, 95, 2)
    rise = np.interp(first, PERCENTILES, to_apex) / 1000
    length = np.interp(first if rng.random() < 0.5 else other, PERCENTILES, whole) / 1000
    length = max(length, rise + SHORTEST_FALL)
    bends = np.exp(0.2 * rng.standard_normal(2))
    return TimeCourse(start, start + rise, start + length, float(bends[0]), float(bends[1]))


@dataclass(frozen=True)
class Drift:
    """
    A slow random course, a sum of sines.

    Attributes:
        frequencies, phases, sizes (`np.ndarray` of shape `(K,)`): hertz, radians, and the size of each sine.
    """

    frequencies: np.ndarray
    phases: np.ndarray
    sizes: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, size: float, frequencies: tuple[float, float] = (0.2, 2.5)) -> "Drift":
        """A course that changes over `LAG` seconds by `size` (root mean square)."""
        chosen = np.exp(rng.uniform(*np.log(frequencies), 3))
        sizes = rng.uniform(0.3, 1.0, 3) / chosen
        change = np.sqrt(2 * np.sum((sizes * np.sin(np.pi * chosen * LAG)) ** 2))
        return cls(chosen, rng.uniform(0, 2 * np.pi, 3), sizes * size / change)

    def at(self, times: np.ndarray) -> np.ndarray:
        """Values at `times` (seconds)."""
        angles = 2 * np.pi * np.multiply.outer(np.asarray(times), self.frequencies) + self.phases
        return np.sin(angles) @ self.sizes


@dataclass(frozen=True)
class BlinkCourse:
    """
    A blink: a fast closing, a moment closed, a slower opening.

    Attributes:
        start (`float`), closing (`float`), closed (`float`), opening (`float`): in seconds.
        depth (`float`): how far the lids come down, 1 is closed.
    """

    start: float
    closing: float
    closed: float
    opening: float
    depth: float

    @classmethod
    def draw(cls, rng: np.random.Generator, start: float) -> "BlinkCourse":
        """A blink of .2 to .4 s; a third of them is incomplete."""
        closing, closed, opening = rng.uniform((0.06, 0.02, 0.12), (0.10, 0.06, 0.22))
        depth = rng.uniform(0.3, 0.9) if rng.random() < 1 / 3 else 1.0
        return cls(start, closing, closed, opening, depth)

    @property
    def end(self) -> float:
        """When the eyes are open again, in seconds."""
        return self.start + self.closing + self.closed + self.opening

    def closure(self, times: np.ndarray) -> np.ndarray:
        """How far the lids are down at `times` (seconds), between 0 and 1."""
        up = np.clip((times - self.start) / self.closing, 0, 1)
        down = np.clip((self.end - times) / self.opening, 0, 1)
        return self.depth * ease(np.minimum(up, down))
