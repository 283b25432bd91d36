"""Where an expression begins and ends: a candidate's extent, corrected by what the learned score knows."""

import numpy as np

from micron_bert.spotting.interval import LONGEST_MICRO, kind_of

LONGEST_STEP = 0.6  # of a candidate's length: further than this neither end is moved
EARLIEST = 0.15  # seconds before the candidate's end: an interval that ended long ago would be told too late


def correct_extents(extents: np.ndarray, corrections: np.ndarray, kind: str) -> np.ndarray:
    """
    Extents with their ends where the score wants them.

    Args:
        extents (`np.ndarray` of shape `(N, 3)`): onsets, apexes, offsets in seconds.
        corrections (`np.ndarray` of shape `(N, 2)`): of onsets and offsets, as shares of the lengths.
        kind (`str`): `"micro"` intervals stay at half a second at most, `"macro"` ones above it.

    Returns:
        `np.ndarray` of shape `(N, 3)`: in seconds, around the same apexes.
    """
    onset, apex, offset = extents.T
    length = offset - onset
    shift = np.clip(corrections, -LONGEST_STEP, LONGEST_STEP) * length[:, None]
    start, end = onset + shift[:, 0], np.maximum(offset + shift[:, 1], offset - EARLIEST)
    start, end = np.minimum(start, apex), np.maximum(end, apex)
    if kind == "micro":
        over = np.maximum(end - start - LONGEST_MICRO, 0)
        # half of what is too much from either side, as far as the apex allows
        from_start = np.clip(over / 2, over - (end - apex), apex - start)
        start, end = start + from_start, end - (over - from_start)
    else:
        under = np.maximum(LONGEST_MICRO - (end - start), 0)
        start, end = start - under / 2, end + under / 2
    return np.stack([start, apex, end], axis=1)


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
        # the end that is further from where it should be gives way
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
