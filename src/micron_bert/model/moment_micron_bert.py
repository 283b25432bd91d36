"""The moment of a micro-expression in a clip: onset, apex, offset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

LONGEST_RISE = 0.5  # seconds from onset to apex: longer movements are no micro-expressions
ROUNDING = 1e-6  # seconds: 1.1 - 0.6 is more than 0.5
COARSE_STEP = 1 / 15  # seconds between the frames that the search looks at first; no rise is much shorter
STILL_ONSET = 0.85  # of the strongest movement; the latest onset that keeps as much is the real one
OFFSET = 0.5  # of the apex's movement; the offset is where the movement has fallen below it

Movement = Callable[[int, Sequence[int]], np.ndarray]


@dataclass(frozen=True)
class Moment:
    """
    Attributes:
        onset (`int`): position of the last frame before the movement.
        apex (`int`): position of the frame that moved furthest.
        offset (`int` or `None`): position where the movement has gone by half; None where the clip ends before.
        movement (`float`): from onset to apex, in the unit of the movement function.
    """

    onset: int
    apex: int
    offset: int | None
    movement: float


def find_moment(times: np.ndarray, movement: Movement) -> Moment:
    """
    The pair of frames with the strongest movement within half a second.

    A face that moves and returns shows two strong pairs: onset to apex, and apex to offset. Before an onset the face
    was at rest, before the second pair's first frame it had just moved; so a pair counts by its movement less the
    strongest movement that led to its first frame.

    Args:
        times (`np.ndarray` of shape `(T,)`):
            Seconds of each frame, rising.
        movement (`Callable[[int, Sequence[int]], np.ndarray]`):
            How far the face moved between the frame at the first position and each of the later ones.

    Raises:
        ValueError: fewer than two frames, or no two frames within half a second.
    """
    times = np.asarray(times, float)
    if len(times) < 2:
        raise ValueError(f"A movement needs at least two frames, got {len(times)}.")
    coarse, longest = _coarse(times), LONGEST_RISE + ROUNDING
    onset, apex = _strongest(times, coarse, movement, longest)
    strongest = float(movement(onset, [apex])[0])
    # first the onset: an early one would leave no room for the apex within `longest`
    for candidate in range(apex - 1, onset, -1):
        if float(movement(candidate, [apex])[0]) >= STILL_ONSET * strongest:
            onset = candidate
            break
    around = [t for t in _between(coarse, apex, len(times)) if t > onset and times[t] - times[onset] <= longest]
    strengths = np.asarray(movement(onset, around))
    apex, strongest = around[int(strengths.argmax())], float(strengths.max())
    after = [t for t in range(apex + 1, len(times)) if times[t] - times[apex] <= 2 * longest]
    fallen = [t for t, s in zip(after, movement(onset, after), strict=True) if s < OFFSET * strongest] if after else []
    return Moment(onset, apex, fallen[0] if fallen else None, strongest)


def _coarse(times: np.ndarray) -> list[int]:
    """Positions about `COARSE_STEP` apart, or all of them where the frames are sparser."""
    chosen = [0]
    for position in range(1, len(times)):
        if times[position] - times[chosen[-1]] >= 0.99 * COARSE_STEP or position == len(times) - 1:
            chosen.append(position)
    return chosen


def _between(coarse: list[int], position: int, count: int) -> range:
    """All positions between the coarse neighbours of a coarse position."""
    place = coarse.index(position)
    low = coarse[place - 1] + 1 if place else 0
    high = coarse[place + 1] if place + 1 < len(coarse) else count
    return range(low, high)


def _strongest(times: np.ndarray, coarse: list[int], movement: Movement, longest: float) -> tuple[int, int]:
    before = np.zeros(len(times))  # strongest movement that led to a frame
    best, pair = -np.inf, None
    for i, onset in enumerate(coarse):
        later = [t for t in coarse[i + 1 :] if times[t] - times[onset] <= longest]
        if not later:
            continue
        strengths = np.asarray(movement(onset, later), float)
        score = float(strengths.max()) - before[onset]
        if score > best:
            best, pair = score, (onset, later[int(strengths.argmax())])
        before[later] = np.maximum(before[later], strengths)
    if pair is None:
        raise ValueError(
            f"No two frames lie within {longest:.3g} s of each other; give the frame rate at which they were recorded."
        )
    return pair
