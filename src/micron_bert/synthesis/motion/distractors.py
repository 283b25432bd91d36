"""Movements of the face that are no expression: a turned head, a glance, speech, tremor."""

import numpy as np

from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import expression_field, smooth_noise
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.units import UnitActivation

SPEECH_UNITS = (16, 18, 25, 26)


def turn_field(regions: FaceRegions, yaw: float, pitch: float) -> np.ndarray:
    """
    Parallax of a small turn of the head, in pixels: what stands out moves more.

    Args:
        regions ([`FaceRegions`]): the face.
        yaw (`float`), pitch (`float`): in degrees.
    """
    # the nose tip stands out .35 IOD over the plane of the eyes, the rest of the face falls off around it
    nose = regions.landmarks[4]
    wide = np.exp(-0.5 * ((regions.columns - nose[0]) / (0.55 * regions.iod)) ** 2)
    high = np.exp(-0.5 * ((regions.rows - nose[1]) / (0.6 * regions.iod)) ** 2)
    depth = (0.35 * regions.iod) * np.outer(high, wide) - 0.1 * regions.iod
    shift = np.deg2rad([yaw, pitch])
    return (shift[:, None, None] * depth).astype(np.float32)


def gaze_field(regions: FaceRegions, shift: np.ndarray) -> np.ndarray:
    """The eyeballs turned by `shift` (dx, dy in pixels) at the iris; the lids rest."""
    eyes = (regions.opening > 0) * regions.eyeballs
    return (np.asarray(shift, np.float32)[:, None, None] * eyes).astype(np.float32)


def draw_gaze(regions: FaceRegions, rng: np.random.Generator) -> np.ndarray:
    """A glance of some degrees at most, mostly sideways."""
    sideways, upwards = rng.standard_normal(2)
    shift = np.clip(0.018 * regions.iod * sideways, -0.04 * regions.iod, 0.04 * regions.iod)
    return gaze_field(regions, np.array([shift, np.clip(0.25 * upwards * 0.018, -0.012, 0.012) * regions.iod]))


def draw_speech(
    regions: FaceRegions, rng: np.random.Generator, habits: Habits, size: tuple[float, float]
) -> np.ndarray:
    """Movement of lips and jaw as in speech or a breath, in pixels; `size` is its range in % IOD."""
    numbers = rng.choice(SPEECH_UNITS, size=rng.integers(1, 3), replace=False)
    units = [UnitActivation(int(number), float(rng.uniform(0.5, 1.5))) for number in numbers]
    amplitude = 0.01 * regions.iod * np.exp(rng.uniform(*np.log(size)))
    sign = 1.0 if rng.random() < 0.7 else -0.6  # lips close as well
    return np.float32(sign * amplitude) * expression_field(units, regions, rng, habits)


def draw_tremor(regions: FaceRegions, rng: np.random.Generator, size: float) -> np.ndarray:
    """Smooth deformations of the face without meaning, `size` % IOD in the median, in pixels."""
    amplitude = 0.01 * regions.iod * size * np.exp(0.6 * rng.standard_normal())
    noise = smooth_noise(rng, regions.shape, rng.uniform(0.3, 1.0) * regions.iod, 2)
    return np.float32(amplitude) * noise * regions.face
