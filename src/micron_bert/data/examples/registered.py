"""Registration of training frames, and the true displacement that remains after it."""

from collections.abc import Sequence

import cv2
import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.registration import Registrar


def fit_frame(frame: np.ndarray, size: int) -> np.ndarray:
    """
    An aligned face crop `(H, H, 3)` at the working size `(size, size, 3)`.

    Raises:
        InputError: the frame is not square, so it is no canonical crop.
    """
    if frame.shape[0] != frame.shape[1]:
        raise InputError(
            f"A frame has `{frame.shape[1]}x{frame.shape[0]}` pixels; training takes square face crops, such as "
            "`micron_bert.faces.align_clip` makes."
        )
    if frame.shape[:2] == (size, size):
        return frame
    shrinks = frame.shape[0] >= size
    return cv2.resize(frame, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def register_frames(frames: Sequence[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """
    The later frames of a clip registered to its first.

    Args:
        frames (`Sequence[np.ndarray]`):
            Aligned face crops of shape `(S, S, 3)`, the onset first.

    Returns:
        `tuple[list, list]`: all frames, and for each later one the matrix `(2, 3)` that brought its points to the
        onset.
    """
    registrar = Registrar(frames[0])
    done = [registrar.register(frame) for frame in frames[1:]]
    return [frames[0], *(one.frame for one in done)], [one.matrix for one in done]


def after_registration(displacement: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """
    The displacement after registration: the total loses the similarity taken out, the expression stays as it is.

    A similarity of a mean is the mean of the similarities, so patches are enough.

    Args:
        displacement (`np.ndarray` of shape `(4, grid, grid)`):
            Expression dx, dy, total dx, dy in pixels, means over patches: where the onset's points are in the later
            frame, relative to where they were.
        matrix (`np.ndarray` of shape `(2, 3)`):
            Points of the later frame to points of the registered one.
        size (`int`):
            Side of the frames in pixels.

    Returns:
        `np.ndarray` of shape `(4, grid, grid)`, float32.
    """
    grid = displacement.shape[-1]
    centres = (np.arange(grid) + 0.5) * size / grid - 0.5
    x, y = np.meshgrid(centres, centres)
    there = np.stack([x + displacement[2], y + displacement[3], np.ones_like(x)])  # (3, grid, grid)
    total = np.tensordot(matrix, there, axes=1) - (x, y)
    return np.concatenate([displacement[:2], total]).astype(np.float32)
