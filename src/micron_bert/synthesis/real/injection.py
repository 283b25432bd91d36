"""Injection of expressions into films of real faces; noise, compression, blinks and speech are those of the film."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from micron_bert.faces.alignment import EYE_DISTANCE, transform_points
from micron_bert.synthesis.films.expressions import Expression
from micron_bert.synthesis.motion.displacement import pixel_grid
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import displace
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.real.film import RealFilm
from micron_bert.synthesis.rendering.codec import through_film

MARGIN = 2  # margin in pixels around the crop when a whole picture is warped


def displacements(
    landmarks: np.ndarray, times: np.ndarray, expressions: Sequence[Expression], size: int, habits: Habits
) -> np.ndarray:
    """
    Displacement of a face by expressions, frame by frame.

    The crops follow the face, so each [`field_of`] does too.

    Args:
        landmarks (`np.ndarray` of shape `(T, 468, 2)`): in pixels of the crops.
        times (`np.ndarray` of shape `(T,)`): seconds.
        expressions (`Sequence[Expression]`): what and when, in the same seconds.
        size (`int`): side of the crops.
        habits ([`Habits`]): variation of the motion model.

    Returns:
        `np.ndarray` of shape `(T, 2, S, S)`, float32, in pixels.
    """
    total = np.zeros((len(times), 2, size, size), np.float32)
    for one in expressions:
        field, share = field_of(one, landmarks, times, size, habits), one.course.intensity(times)
        for place in np.flatnonzero(share):
            total[place] += np.float32(share[place]) * field
    return total


def field_of(
    expression: Expression, landmarks: np.ndarray, times: np.ndarray, size: int, habits: Habits
) -> np.ndarray:
    """
    Displacement `(2, S, S)` of a face at the apex of an expression, in pixels of the crops, for the landmarks at its
    onset; arguments as for [`displacements`].
    """
    rng = np.random.default_rng(expression.seed)
    at_onset = landmarks[int(np.abs(times - expression.course.onset).argmin())]
    regions = FaceRegions(at_onset, (size, size), largest=0.01 * expression.amplitude * EYE_DISTANCE * size)
    units = [*expression.units, *expression.companions]
    return displace(units, expression.amplitude, regions, rng, habits.draw(rng))


def inject(
    film: RealFilm, expressions: Sequence[Expression], habits: Habits | None = None, rate_factor: int | None = None
) -> RealFilm:
    """
    Inject expressions into a film.

    Args:
        film ([`RealFilm`]):
            The film as it was recorded.
        expressions (`Sequence[Expression]`):
            What to inject; `draw_expressions` draws some.
        habits ([`Habits`], *optional*):
            Variation of the motion model.
        rate_factor (`int`, *optional*):
            Compress the crops by H.264 afterwards; 18 is good, 28 poor.

    Returns:
        [`RealFilm`]: frames outside the expressions are those of the film, unless it was compressed.
    """
    moved = displacements(film.landmarks, film.times, expressions, film.size, habits or Habits())
    frames = np.stack([warp(frame, field) for frame, field in zip(film.frames, moved, strict=True)])
    if rate_factor is not None:
        frames = np.stack(list(through_film(frames, crf=rate_factor)))
    return replace(film, frames=frames)


def warp(picture: np.ndarray, displacement: np.ndarray) -> np.ndarray:
    """The picture `(S, S, 3)` after a displacement `(2, S, S)`; unchanged where that is 0."""
    if not displacement.any():
        return np.asarray(picture)
    x, y = pixel_grid(*picture.shape[:2]) - displacement
    return cv2.remap(np.asarray(picture), x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def inject_into_picture(picture: np.ndarray, transform: np.ndarray, displacement: np.ndarray) -> np.ndarray:
    """
    A whole picture of a film with the expression on the face in it, so that the film can be compressed afterwards.

    Args:
        picture (`np.ndarray` of shape `(H, W, 3)`): RGB uint8, as it was decoded.
        transform (`np.ndarray` of shape `(2, 3)`): pixels of the picture to pixels of the crop.
        displacement (`np.ndarray` of shape `(2, S, S)`): in pixels of the crop; nothing moves outside of it.

    Returns:
        `np.ndarray` of shape `(H, W, 3)`, uint8: a copy.
    """
    changed = np.array(picture)
    if not displacement.any():
        return changed
    size, (height, width) = displacement.shape[1], picture.shape[:2]
    back = cv2.invertAffineTransform(transform)
    corners = transform_points(back, np.array([[0, 0], [size, 0], [0, size], [size, size]], float))
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int) - MARGIN, 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + MARGIN, 1, (width, height))
    grid = pixel_grid(bottom - top, right - left) + np.float32([[[left]], [[top]]])
    places = transform_points(transform, grid.transpose(1, 2, 0)).astype(np.float32)
    stacked = np.ascontiguousarray(displacement.transpose(1, 2, 0))
    there = cv2.remap(stacked, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    x, y = grid - (there @ back[:, :2].T.astype(np.float32)).transpose(2, 0, 1)
    changed[top:bottom, left:right] = cv2.remap(
        np.asarray(picture), x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return changed
