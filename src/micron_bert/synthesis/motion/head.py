"""Movements of the head in the plane of the picture."""

import numpy as np


def draw_residue(rng: np.random.Generator, size: int, residue: float) -> np.ndarray:
    """The similarity `(2, 3)` by which an aligned head still differs from itself a moment before, in pixels."""
    dx, dy, turn, scale = rng.standard_normal(4) * residue
    centre = np.full(2, (size - 1) / 2)
    return head_similarity(centre, (dx / np.sqrt(2), dy / np.sqrt(2)), np.deg2rad(0.67) * turn, 1 + 0.0067 * scale)


def head_similarity(centre: np.ndarray, shift: tuple[float, float], angle: float, scale: float) -> np.ndarray:
    """A turn by `angle` radians and a scaling about `centre`, then a shift: `(2, 3)`."""
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([linear, np.asarray(centre) - linear @ centre + shift])
