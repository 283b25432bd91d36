"""The extent of an expression: lengths that fit its kind, and the frames at its ends."""

import numpy as np

from micron_bert.labels.durations import LONGEST_MICRO
from micron_bert.spotting.interval import kind_of

LEAST_LENGTH = 0.1  # seconds


def of_kind(onset: float, apex: float, offset: float, kind: str) -> tuple[float, float, float]:
    """
    Fits an extent to the lengths of its kind, around its apex; all in seconds.

    Args:
        onset, apex, offset (`float`): in order.
        kind (`str`): `"micro"` extents are made `LONGEST_MICRO` long at most, `"macro"` ones at least.
    """
    length = max(offset - onset, LEAST_LENGTH)
    wanted = min(length, LONGEST_MICRO) if kind == "micro" else max(length, LONGEST_MICRO)
    before, after = max(apex - onset, LEAST_LENGTH / 4), max(offset - apex, LEAST_LENGTH / 4)
    factor = wanted / (before + after)
    return apex - factor * before, apex, apex + factor * after


def frames_within(times: np.ndarray, extent: np.ndarray, kind: str) -> tuple[int, int]:
    """
    Positions of the frames at which an extent begins and ends.

    Args:
        times (`np.ndarray` of shape `(T,)`): of the frames, in seconds.
        extent (`np.ndarray` of shape `(3,)`): onset, apex and offset in seconds.
        kind (`str`): of which the interval between the frames has to be.
    """
    start, apex, end = extent
    onset, offset = (int(np.abs(times - time).argmin()) for time in (start, end))
    middle = int(np.abs(times - apex).argmin())
    onset, offset = min(onset, max(middle - 1, 0)), max(offset, min(middle + 1, len(times) - 1))
    while kind_of(times[onset], times[offset]) != kind:
        # the end with the larger error is moved
        late, early = start - times[onset], times[offset] - end
        if kind == "micro":
            if offset - onset <= 2:
                break
            from_start = onset < middle - 1 and (late >= early or offset <= middle + 1)
            onset, offset = (onset + 1, offset) if from_start else (onset, offset - 1)
        elif onset > 0 and (late <= early or offset == len(times) - 1):
            onset -= 1
        elif offset < len(times) - 1:
            offset += 1
        else:
            break
    return onset, offset
