"""How far a face moves between frames, from pixels alone, where there is no model to ask."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from .moment_micron_bert import Movement
from .recognizer_micron_bert import away_from_eyes

SIDE, GRID = 56, 14  # pixels and cells along a side in which movement is looked for
STIFFNESS = 0.1  # of the mean of the squared gradients, added to them


def movement_of_pixels(frames: Sequence[np.ndarray]) -> Movement:
    """
    The movement function of `find_moment` from pixels alone: how far the skin moved in the cells of a grid, by least
    squares on the gradients of brightness (Lucas & Kanade 1981), less what all cells share; the root mean square over
    the cells away from the eyes, in pixels of a frame with the side `SIDE`.
    """
    grey = [np.asarray(frame[..., :3], np.float32).mean(axis=-1) for frame in frames]
    small = [np.asarray(Image.fromarray(frame).resize((SIDE, SIDE), Image.Resampling.BOX)) for frame in grey]
    small = np.stack(small) / max(1e-6, float(np.mean(small)))
    down, right = np.gradient(small, axis=(1, 2))

    def by_cell(values: np.ndarray) -> np.ndarray:
        cells = values.reshape(-1, GRID, SIDE // GRID, GRID, SIDE // GRID).sum(axis=(2, 4))
        return cells[:, away_from_eyes(GRID)]

    xx, xy, yy = by_cell(right * right), by_cell(right * down), by_cell(down * down)
    # a cell without texture has no measurable movement and counts as still
    damping = STIFFNESS * float((xx + yy).mean()) + 1e-12
    xx, yy = xx + damping, yy + damping

    def movement(first: int, later) -> np.ndarray:
        change = small[list(later)] - small[first]
        change = change - change.mean(axis=(1, 2), keepdims=True)  # light that changes is no movement
        x, y = by_cell(right[first] * change), by_cell(down[first] * change)
        determinant = xx[first] * yy[first] - xy[first] ** 2
        moved = (
            np.stack([yy[first] * x - xy[first] * y, xx[first] * y - xy[first] * x], axis=-1) / determinant[:, None]
        )
        moved = moved - np.median(moved, axis=1, keepdims=True)
        return np.sqrt((moved**2).sum(axis=-1).mean(axis=-1))

    return movement


__all__ = ["movement_of_pixels"]
