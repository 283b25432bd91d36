"""The apex of a clip whose onset and offset are known, for datasets without annotated apex."""

import cv2
import numpy as np

from micron_bert.errors import InputError

ANNOTATED, MIDPOINT, SPOTTED, NONE = "annotated", "midpoint", "spotted", "none"
WAYS = (ANNOTATED, MIDPOINT, SPOTTED, NONE)


def midpoint(numbers: list[int], onset: int, offset: int) -> int:
    """
    The frame in the middle between onset and offset.

    Args:
        numbers (`list[int]`):
            Numbers of the frames that there are, rising.
        onset, offset (`int`):
            Numbers of frames.

    Returns:
        `int`: the one of `numbers` after the onset that is nearest to the middle.

    Raises:
        [`InputError`]: there is no frame after the onset.
    """
    later = [number for number in numbers if onset < number <= offset]
    if not later:
        raise InputError(f"there is no frame between onset {onset} and offset {offset}")
    middle = onset + (offset - onset) // 2
    return min(later, key=lambda number: (abs(number - middle), number))


def spot_apex(frames: np.ndarray) -> int:
    """
    The frame of an aligned and registered clip in which the face has moved furthest from the first.

    Dense optical flow (DIS) from the first frame to each later one; its mean length over the face, smoothed over the
    neighbouring frames.

    Args:
        frames (`np.ndarray` of shape `(T, S, S, 3)`):
            RGB, uint8; the onset comes first.

    Returns:
        `int`: a position from 1 on.

    Raises:
        [`InputError`]: there is one frame only.
    """
    if len(frames) < 2:
        raise InputError("one frame has no apex")
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    size = frames.shape[1]
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    face = np.hypot(x, y) < 0.45 * size
    movement = [np.hypot(*np.moveaxis(flow.calc(grey[0], later, None), 2, 0))[face].mean() for later in grey[1:]]
    # the onset has not moved; beyond the last frame nothing is known
    values, known = np.array([0, *movement, 0]), np.array([1] * len(frames) + [0])
    smooth = np.convolve(values, (1, 2, 1), "valid") / np.convolve(known, (1, 2, 1), "valid")
    return 1 + int(smooth.argmax())
