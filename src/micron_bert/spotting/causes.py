"""The cause of a movement that is no expression."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from micron_bert.spotting.course import Moment

# Ranges from which on a cause counts, of each number of a moment's state less its steady drift: just above what
# resting heads, which sway, show within .8 s of synthetic films. Lids, lips, place and tip of the nose in
# inter-ocular distances, roll in radians, size and light in logarithms.
BLINK = 0.01
SPEECH = 0.012
PLACE, TURN, NOSE_ACROSS, NOSE_DOWN = 0.06, 0.016, 0.009, 0.014  # of the head
LIGHT = 0.008
CLEAR = 2.0  # size from which a cause counts where the movement itself is doubtful: smaller ones are there by chance
CAUSES = ("blink", "speech", "head", "light", "rest")


class Cause(NamedTuple):
    """
    Attributes:
        name (`str`): `"blink"`, `"speech"`, `"head"`, `"light"`, or `"rest"` for none of these.
        size (`float`): range of the movement, relative to that from which on the cause counts.
    """

    name: str
    size: float


def cause_of(moments: Sequence[Moment], doubtful: bool = False) -> Cause:
    """
    The cause that moved most, relative to its range above.

    Heads drift at rest: the steady part of each change is taken out first.

    Args:
        moments (`Sequence[Moment]`): those of the movement, and some tenths of a second around it.
        doubtful (`bool`): whether it may as well be none; then only a clear cause is named.
    """
    if len(moments) < 3:  # two are always steady
        return Cause("rest", 0.0)
    states = np.stack([moment.state for moment in moments])
    lids, lips, x, y, roll, size, nose_x, nose_y, light = np.ptp(_without_drift(moments, states), axis=0)
    shares = {
        "blink": lids / BLINK,
        "speech": lips / SPEECH,
        "head": max(max(x, y) / PLACE, max(roll, size) / TURN, nose_x / NOSE_ACROSS, nose_y / NOSE_DOWN),
        "light": light / LIGHT,
    }
    cause = max(shares, key=shares.get)
    return Cause(cause if shares[cause] >= (CLEAR if doubtful else 1) else "rest", float(shares[cause]))


def _without_drift(moments: Sequence[Moment], states: np.ndarray) -> np.ndarray:
    """States `(T, 9)` less the straight line through each of their numbers."""
    times = np.array([moment.time for moment in moments])
    line = np.stack([times - times.mean(), np.ones_like(times)], axis=1)
    return states - line @ np.linalg.lstsq(line, states, rcond=None)[0]
