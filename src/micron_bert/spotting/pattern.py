"""What a movement looks like: its course relative to its extent, where the face goes, and how coherently."""

import cv2
import numpy as np

from micron_bert.spotting.course import Course
from micron_bert.spotting.interval import REGIONS

# times at which a course is read off: -1 is the onset, 0 the apex, 1 the offset
BEATS = (-2.0, -1.6, -1.3, -1.0, -0.8, -0.6, -0.4, -0.2, 0.2, 0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0)
DIRECTIONS = ("raised", "raised_unlike", "widened", "shifted")  # of the two sides of a region


def read_course(
    course: Course, extent: tuple[float, float, float], until: float, direction: np.ndarray, base: np.ndarray
) -> np.ndarray:
    """
    How far along a movement the face is at each of `BEATS`, as a share of its peak.

    Args:
        course ([`Course`]): around the movement.
        extent (`tuple[float, float, float]`): seconds of onset, apex and offset.
        until (`float`): seconds from which on nothing is looked at.
        direction (`np.ndarray` of shape `(2, grid, grid)`): of the movement, weighted; its product with itself is 1.
        base (`np.ndarray` of shape `(2, grid, grid)`): where the face rests.

    Returns:
        `np.ndarray` of shape `(len(BEATS),)`
    """
    start, peak, end = extent
    beats = np.array(BEATS)
    times = peak + np.where(beats < 0, beats * (peak - start), beats * (end - peak))
    times = np.clip(times, course.times[0], min(until, course.times[-1]))
    along = np.einsum("tcij,cij->t", course.position[:, :2] - base, direction)
    return np.interp(times, course.times, along)


def region_directions(field: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """
    Where each region goes, told without left and right: a mirrored face gives the same.

    Args:
        field (`np.ndarray` of shape `(2, grid, grid)`): displacement, x to the right and y down.
        weights (`np.ndarray` of shape `(5, grid, grid)`): see [`region_weights`].

    Returns:
        `np.ndarray` of shape `(5, 4)`, relative to the mean length over the face; `DIRECTIONS` of each region: how far
        it rises, how unlike its sides rise, how far its sides part, how far both go to one side.
    """
    half = field.shape[-1] // 2
    sides = []
    for part in (slice(0, half), slice(field.shape[-1] - half, None)):
        share = weights[..., part] / np.maximum(weights[..., part].sum(axis=(1, 2), keepdims=True), 1e-6)
        sides.append(np.einsum("rij,cij->rc", share, field[..., part]))
    left, right = sides
    scale = max(float(np.sqrt(np.square(np.stack(sides)).sum(axis=-1)).mean()), 1e-6)
    rows = [
        -(left[:, 1] + right[:, 1]) / 2,
        np.abs(left[:, 1] - right[:, 1]) / 2,
        (right[:, 0] - left[:, 0]) / 2,
        np.abs(left[:, 0] + right[:, 0]) / 2,
    ]
    return np.stack(rows, axis=1) / scale


def coherence(field: np.ndarray, face: np.ndarray) -> float:
    """
    Share of a movement that neighbouring patches have in common: 1 for a face, 1/9 for noise.

    Args:
        field (`np.ndarray` of shape `(2, grid, grid)`): displacement.
        face (`np.ndarray` of shape `(grid, grid)`): weights of the patches, sum 1.
    """
    smooth = np.stack([cv2.blur(part, (3, 3), borderType=cv2.BORDER_REFLECT) for part in field])
    return float((np.square(smooth) * face).sum() / max((np.square(field) * face).sum(), 1e-12))


def agreement(one: np.ndarray, other: np.ndarray, face: np.ndarray) -> tuple[float, float]:
    """Cosine of two displacements `(2, grid, grid)` over the face, and the logarithm of the ratio of their sizes."""
    product = float((one * other * face).sum())
    sizes = [float(np.sqrt((np.square(field) * face).sum())) for field in (one, other)]
    ratio = np.log(max(sizes[0], 1e-5)) - np.log(max(sizes[1], 1e-5))
    return product / max(sizes[0] * sizes[1], 1e-10), float(ratio)


def rigidity(field: np.ndarray, face: np.ndarray) -> float:
    """Share of a movement `(2, grid, grid)` that the whole face makes as one piece."""
    mean = (field * face).sum(axis=(1, 2))
    return float(np.square(mean).sum() / max((np.square(field) * face).sum(), 1e-12))


PATTERN = tuple(f"beat_{beat:g}" for beat in BEATS) + tuple(f"{name}_{way}" for name in REGIONS for way in DIRECTIONS)
