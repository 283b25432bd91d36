"""Frames as the model takes them, and the true movement that is left between them."""

from collections.abc import Sequence

import cv2
import numpy as np

from micron_bert.faces.registration import register


def fit_frame(frame: np.ndarray, size: int) -> np.ndarray:
    """A square crop `(H, H, 3)` at the working size `(size, size, 3)`."""
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
    done = [register(frame, frames[0]) for frame in frames[1:]]
    return [frames[0], *(one.frame for one in done)], [one.matrix for one in done]


def registered_total(total: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """
    What is left of a displacement field after the later frame was moved.

    Args:
        total (`np.ndarray` of shape `(2, H, W)`):
            Where the onset's pixel is in the later frame, relative to where it was, in pixels.
        matrix (`np.ndarray` of shape `(2, 3)`):
            Points of the later frame to points of the registered one.

    Returns:
        `np.ndarray` of shape `(2, H, W)`, float32.
    """
    rows, columns = np.indices(total.shape[1:], dtype=np.float64)
    there = np.stack([columns + total[0], rows + total[1], np.ones_like(rows)])
    moved = np.tensordot(matrix, there, axes=1)
    return (moved - (columns, rows)).astype(np.float32)


def patch_means(field: np.ndarray, patch_size: int) -> np.ndarray:
    """A field `(channels, H, W)` averaged over each patch: `(channels, H / patch_size, W / patch_size)`."""
    channels, height, width = field.shape
    blocks = field.reshape(channels, height // patch_size, patch_size, width // patch_size, patch_size)
    return blocks.mean(axis=(2, 4))


def patch_displacement(expression: np.ndarray, total: np.ndarray, patch_size: int) -> np.ndarray:
    """
    The displacement label of one later frame.

    Args:
        expression, total (`np.ndarray` of shape `(2, H, W)`):
            Fields (dx, dy) in pixels of the frame.
        patch_size (`int`):
            Side of a patch in pixels.

    Returns:
        `np.ndarray` of shape `(4, rows, columns)`, float32: expression dx, dy, total dx, dy.
    """
    return patch_means(np.concatenate([expression, total]), patch_size).astype(np.float32)
