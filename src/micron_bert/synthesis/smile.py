"""Real smiles: the movement between a neutral and a smiling photograph of one person, all of it or a share."""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from micron_bert.errors import InputError
from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.synthesis.motion.displacement import Movement, area_change, pixel_grid, sample
from micron_bert.synthesis.motion.distractors import turn_field
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.head import draw_residue
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.portraits import Portrait, frame_to_portrait, working_landmarks
from micron_bert.synthesis.rendering.camera import Camera
from micron_bert.synthesis.rendering.light import draw_light

SMOOTHING = 20.0  # of the spline through the landmarks, which jitter
NOSE_TIP = 4  # above it a smile moves little


@dataclass(frozen=True)
class Smile:
    """
    Attributes:
        portrait ([`Portrait`]): the neutral photograph.
        field (`np.ndarray` of shape `(2, S, S)`): where the skin went, in pixels of the working size.
        strength (`float`): the displacement that a hundredth of the face exceeds, in % IOD.
    """

    portrait: Portrait
    field: np.ndarray
    strength: float

    @classmethod
    def measure(cls, neutral: Portrait, smiling: Portrait) -> "Smile":
        """
        Measure the smile from the landmarks of both photographs. The movement of the head, estimated on the upper
        face, is taken out; a smoothing spline interpolates the rest over the skin.
        """
        size = neutral.size
        resting, happy = (working_landmarks(one).astype(np.float32) for one in (neutral, smiling))
        regions = FaceRegions(resting, (size, size))
        x, y = resting.T
        zero, one = np.zeros_like(x), np.ones_like(x)
        columns, rows = np.rint(resting).astype(int).clip(0, size - 1).T
        turns = [turn_field(regions, *angles)[:, rows, columns] for angles in ((1, 0), (0, 1))]
        head = np.stack([(one, zero), (zero, one), (x, y), (-y, x), *turns])  # (6, 2, 468)
        still = y < y[NOSE_TIP]
        amounts, *_ = np.linalg.lstsq(
            head[:, :, still].reshape(6, -1).T, (happy - resting)[still].T.ravel(), rcond=None
        )
        moved = (happy - resting).T - np.tensordot(amounts, head, axes=1)
        spline = RBFInterpolator(resting, moved.T, smoothing=SMOOTHING, kernel="thin_plate_spline")
        coarse = pixel_grid(size // 4, size // 4).reshape(2, -1).T * 4 + 1.5
        field = spline(coarse).reshape(size // 4, size // 4, 2).astype(np.float32)
        field = cv2.resize(field, (size, size), interpolation=cv2.INTER_CUBIC).transpose(2, 0, 1) * regions.face
        length = np.linalg.norm(field, axis=0)[regions.face > 0.5]
        return cls(neutral, field, float(100 * np.quantile(length, 0.99) / (EYE_DISTANCE * size)))

    def moved(self, strength: float, rng: np.random.Generator) -> Movement:
        """The smile at most `strength` % IOD strong, with what an alignment leaves of the head."""
        size = self.portrait.size
        skin = np.float32(min(strength / max(self.strength, 1e-6), 1.0)) * self.field
        return Movement(skin, draw_residue(rng, size, Nuisances().residue * size / 112))

    def take(self, movement: Movement, rng: np.random.Generator, nuisances: Nuisances | None = None) -> np.ndarray:
        """Onset and apex, `(2, S, S, 3)`, of what [`~Smile.moved`] gave."""
        nuisances, size = nuisances or Nuisances(), self.portrait.size
        # the sub-pixel offset is drawn for every pair
        place = frame_to_portrait(np.column_stack([np.eye(2), rng.uniform(-0.5, 0.5, 2)]))
        grid = pixel_grid(size, size)
        image = cv2.GaussianBlur(np.asarray(self.portrait.image), (0, 0), rng.uniform(*nuisances.blur))
        scene = np.stack([sample(image, place, points) for points in (grid, movement.sources(grid))])
        light = np.ones((2, size, size), np.float32)
        light[1] = draw_light(rng, (size, size), nuisances.light, area_change(movement.skin), nuisances.shading)
        return Camera.draw(rng, nuisances).expose(scene, light, rng)


def measure_smiles(neutral: list[Portrait], smiling: list[Portrait]) -> list[Smile]:
    """
    The smiles of all who are in both lists, by name.

    Raises:
        [`InputError`]: nobody is.
    """
    resting, happy = ({one.subject: one for one in portraits} for portraits in (neutral, smiling))
    both = sorted(set(resting) & set(happy))
    if not both:
        raise InputError(
            "Nobody is both among the neutral photographs that are used and among the smiling ones; name the pictures "
            "of a person alike, such as `001_03.jpg` and `001_08.jpg`, and give both folders to `faces` too."
        )
    return [Smile.measure(resting[name], happy[name]) for name in both]
