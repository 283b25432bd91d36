"""The cause of a movement that is no expression."""

from collections.abc import Sequence

import numpy as np

from micron_bert.spotting.course import Moment

# ranges within a movement from which on a cause counts, in the order in which causes are checked:
# lids and lips in inter-ocular distances, the head in inter-ocular distances and radians
BLINK = 0.05
SPEECH = 0.03
HEAD = 0.03
LIGHT = 0.03  # logarithm of the gain
CAUSES = ("blink", "speech", "head", "light", "rest")


def cause_of(moments: Sequence[Moment]) -> str:
    """
    The cause that moved most, relative to its range above.

    Args:
        moments (`Sequence[Moment]`): those of the movement, and some tenths of a second around it.

    Returns:
        `str`: `"blink"`, `"speech"`, `"head"`, `"light"`, or `"rest"` for none of these.
    """
    if not moments:
        return "rest"
    states = np.stack([moment.state for moment in moments])
    lids, lips, x, y, roll, size, nose_x, nose_y, light = np.ptp(states, axis=0)
    shares = {
        "blink": lids / BLINK,
        "speech": lips / SPEECH,
        "head": max(x, y, roll, size, nose_x, nose_y) / HEAD,
        "light": light / LIGHT,
    }
    cause = max(shares, key=shares.get)
    return cause if shares[cause] >= 1 else "rest"
