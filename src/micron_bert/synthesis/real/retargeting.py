"""Retargeting: the measured movement of a film, carried over to a photograph."""

import cv2
import numpy as np

from micron_bert.synthesis.motion.blink import Blink
from micron_bert.synthesis.motion.displacement import pixel_grid
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.portraits import OVERSAMPLING, Portrait, working_landmarks
from micron_bert.synthesis.real.course import MotionCourse
from micron_bert.synthesis.real.film import RealFilm
from micron_bert.synthesis.rendering.camera import Camera

CLOSING = 0.8  # share of the usual opening of the eyes below which a blink is assumed

OF_FILM = Nuisances(noise=(0.5, 2.5), jpeg=0.0)  # of these the camera's apply: light, noise, blur, grey


def corresponding(landmarks: np.ndarray, others: np.ndarray, size: int) -> np.ndarray:
    """
    The place on another face that corresponds to each pixel: a cubic map fitted to the landmarks of both.

    Beyond the landmarks the map is extrapolated from their edge.

    Args:
        landmarks, others (`np.ndarray` of shape `(468, 2)`): of the face and of the other one, in pixels.
        size (`int`): side of both crops.

    Returns:
        `np.ndarray` of shape `(2, S, S)`, float32: x and y.
    """
    weights, *_ = np.linalg.lstsq(_monomials(landmarks, size), np.asarray(others, np.float64), rcond=None)
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    grid = np.clip(pixel_grid(size, size).transpose(1, 2, 0), low, high)
    return (_monomials(grid, size) @ weights).transpose(2, 0, 1).astype(np.float32)


def _monomials(points: np.ndarray, size: int) -> np.ndarray:
    x, y = np.moveaxis((np.asarray(points, np.float64) - size / 2) / (0.36 * size), -1, 0)
    return np.stack([x**0, x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3], axis=-1)


class Mask:
    """
    A portrait with the movement of another person's film.

    Args:
        portrait ([`Portrait`]): whose face it is.
        course ([`MotionCourse`]): what moved.
        gain (`float`): how much more the portrait moves than the person of the course did.

    Attributes:
        landmarks (`np.ndarray` of shape `(468, 2)`): of the portrait, in pixels of the crop.
        regions ([`FaceRegions`]): of its face.
    """

    def __init__(self, portrait: Portrait, course: MotionCourse, gain: float = 1.0):
        size = portrait.size
        self.portrait, self.course, self.gain = portrait, course, gain
        self.landmarks = working_landmarks(portrait).astype(np.float32)
        self.regions = FaceRegions(self.landmarks, (size, size), largest=2.0)
        places = corresponding(self.landmarks, course.landmarks * (size / course.size), size)
        self._places = np.ascontiguousarray(places.transpose(1, 2, 0))

    def field(self, place: int) -> np.ndarray:
        """Backward displacement from frame `place` to the portrait: `(2, S, S)`."""
        size = self.portrait.size
        own = self.course.field(place).transpose(1, 2, 0)
        scale = size / self.course.size
        carried = cv2.remap(own, self._places / scale, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        # the lids follow the landmarks, because optical flow fails where a lid covers the eyeball
        return carried.transpose(2, 0, 1) * np.float32(self.gain * scale) * (1 - self.regions.eyeballs)

    def closure(self, place: int) -> float:
        """How far the lids are down in frame `place`, between 0 and 1."""
        return float(np.clip((CLOSING - self.course.openness[place]) / CLOSING, 0, 1))

    def look(
        self,
        place: int,
        expression: np.ndarray | None = None,
        image: np.ndarray | None = None,
        shift: tuple[float, float] = (0.0, 0.0),
    ) -> np.ndarray:
        """
        The face in frame `place`, without noise: `(S, S, 3)`, uint8.

        Args:
            place (`int`): the frame of the course.
            expression (`np.ndarray` of shape `(2, S, S)`, *optional*): displacement by an expression, in pixels.
            image (`np.ndarray`, *optional*): the portrait's picture where it was blurred beforehand.
            shift (`tuple[float, float]`): where the sub-pixel grid of the portrait falls, in pixels.
        """
        size = self.portrait.size
        points = pixel_grid(size, size) + self.field(place)
        if expression is not None:
            points = points - expression
        closure = self.closure(place)
        if closure:
            points = Blink(self.regions, closure).backward(points)
        x, y = (points + np.float32(shift)[:, None, None] + 0.5) * OVERSAMPLING - 0.5
        image = self.portrait.image if image is None else image
        return cv2.remap(np.asarray(image), x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def carry_over(
    course: MotionCourse,
    portrait: Portrait,
    rng: np.random.Generator,
    expressions: np.ndarray | None = None,
) -> RealFilm:
    """
    Render a film of a portrait that moves as the person of a course did.

    Args:
        course ([`MotionCourse`]): what moves.
        portrait ([`Portrait`]): who is seen.
        rng (`np.random.Generator`): of gain, camera and noise.
        expressions (`np.ndarray` of shape `(T, 2, S, S)`, *optional*): displacement in pixels, frame by frame; see
            [`~micron_bert.synthesis.real.injection.displacements`].
    """
    mask = Mask(portrait, course, draw_gain(rng))
    image = cv2.GaussianBlur(np.asarray(portrait.image), (0, 0), rng.uniform(*OF_FILM.blur))
    fields = [None] * len(course) if expressions is None else expressions
    scene = np.stack([mask.look(place, field, image) for place, field in enumerate(fields)])
    light = np.broadcast_to(course.light[:, None, None].astype(np.float32), scene.shape[:3])
    frames = Camera.draw(rng, OF_FILM).expose(scene, light, rng)
    landmarks = np.repeat(mask.landmarks[None], len(course), axis=0)
    return RealFilm(
        f"{course.name} by {portrait.subject}", portrait.subject, frames, course.times, landmarks, course.light
    )


def draw_gain(rng: np.random.Generator) -> float:
    """How much more one person moves than another."""
    return float(np.exp(0.25 * rng.standard_normal()))
