"""Moments that may be expressions: what went and came back, on many scales of time, found generously."""

from typing import NamedTuple

import numpy as np

from micron_bert.spotting.course import Course

MICRO_SCALES = (0.08, 0.12, 0.17, 0.24, 0.33)  # seconds from an apex to rest on either side
MACRO_SCALES = (0.4, 0.6, 0.9, 1.3, 1.9)
REST = 0.12  # share of the peak below which the face counts as back at rest
LEAST_RISE = 1.5  # of what is usual in the film: lower peaks are noise
LEAST_MOVEMENT = 0.012  # % of the inter-ocular distance, root mean square over the face: the same without a film
USUAL = {"micro": 0.018, "macro": 0.074}  # in the same unit, what counts as usual before a film has told


class Candidate(NamedTuple):
    """Positions in a course: last frame before a movement, its strongest frame, first frame after it; its strength."""

    onset: int
    apex: int
    offset: int
    strength: float


def face_weights(weights: np.ndarray) -> np.ndarray:
    """Patches `(grid, grid)` of the face without the eyes, which blinks move, from those of its regions; sum 1."""
    face = np.maximum(weights[[0, 2, 3, 4]].max(axis=0) - weights[1], 0)
    return face / max(face.sum(), 1e-6)


def strengths(course: Course, scale: float) -> np.ndarray:
    """
    How far each frame sticks out of those `scale` seconds before and after it: root mean square over the face `(T,)`.
    """
    return np.sqrt(np.einsum("tcij,ij->t", np.square(course.bend(scale)), face_weights(course.weights)))


def find_candidates(course: Course, usual: float, scales: tuple[float, ...]) -> list[Candidate]:
    """
    Candidates of a course.

    Args:
        course ([`Course`]): a few seconds.
        usual (`float`): median of [`strengths`] over the film so far.
        scales (`tuple[float, ...]`): seconds from an apex to rest.

    Returns:
        `list[Candidate]`: in no order; they overlap, as a movement shows on several scales.
    """
    face = face_weights(course.weights)
    least = max(LEAST_RISE * usual, LEAST_MOVEMENT)
    found = {}
    if len(course.times) < 5:
        return []
    for scale in scales:
        bend, height = course.bend(scale), strengths(course, scale)
        for peak in np.flatnonzero(height >= least):
            near = np.abs(course.times - course.times[peak]) <= scale / 2 + 1e-6
            if height[peak] < height[near].max():
                continue
            candidate = _extent(course, bend[peak] * face, int(peak), scale, float(height[peak]))
            if candidate is not None:
                found.setdefault(candidate[:3], candidate)
    return list(found.values())


def _extent(course: Course, direction: np.ndarray, peak: int, scale: float, strength: float) -> Candidate | None:
    """From where to where the movement along a direction lasts; the learned score corrects it later."""
    along = np.einsum("tcij,cij->t", course.position[:, :2], direction)
    times = course.times
    near = np.flatnonzero(np.abs(times - times[peak]) <= scale / 2 + 1e-6)
    apex = int(near[along[near].argmax()])
    left = np.flatnonzero((times < times[apex]) & (times >= times[apex] - 1.8 * scale - 1e-6))
    right = np.flatnonzero((times > times[apex]) & (times <= times[apex] + 1.8 * scale + 1e-6))
    if not len(left) or not len(right):
        return None
    top, lows = along[apex], (along[left].min(), along[right].min())
    if top <= max(lows):
        return None
    onset = left[along[left] <= lows[0] + REST * (top - lows[0])].max()
    offset = right[along[right] <= lows[1] + REST * (top - lows[1])].min()
    return Candidate(int(onset), apex, int(offset), strength)
