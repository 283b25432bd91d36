"""An expression drawn for a face: its class, its action units and its field."""

from dataclasses import dataclass

import numpy as np

from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.labels.emotions import LABELS, label_of
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import act_out
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.units import UnitActivation, draw_action_units, draw_emotion


@dataclass(frozen=True)
class FullExpression:
    """
    What an expression does at its apex.

    Attributes:
        emotion (`str`): one of `EMOTIONS`.
        units (`tuple[UnitActivation, ...]`): the coded action units.
        amplitude (`float`): largest displacement in % IOD; 0 for `none`.
        field (`np.ndarray` of shape `(2, S, S)`): float32, displacement in pixels.
    """

    emotion: str
    units: tuple[UnitActivation, ...]
    amplitude: float
    field: np.ndarray

    @property
    def label(self) -> int:
        """Index into `LABELS`."""
        return label_of(self.emotion)


def draw_expression(
    rng: np.random.Generator,
    landmarks: np.ndarray,
    size: int,
    amplitude: tuple[float, float],
    habits: Habits,
    labels: tuple[str, ...] = LABELS[:3],
) -> FullExpression:
    """
    An expression of one of `labels` on a face.

    Args:
        rng (`np.random.Generator`): source of randomness.
        landmarks (`np.ndarray` of shape `(468, 2)`): of the canonical crop, in its pixels.
        size (`int`): side of the crop.
        amplitude (`tuple[float, float]`): range of the largest displacement in % IOD, log-uniform.
        habits ([`Habits`]): variation of the motion model.
        labels (`tuple[str, ...]`): classes to draw from, equally often.
    """
    emotion = draw_emotion(labels[rng.integers(len(labels))], rng)
    units = draw_action_units(emotion, rng)
    largest = float(np.exp(rng.uniform(*np.log(amplitude)))) if units else 0.0
    regions = FaceRegions(landmarks, (size, size), largest=0.01 * largest * EYE_DISTANCE * size)
    return FullExpression(emotion, tuple(units), largest, act_out(units, largest, regions, rng, habits.draw(rng)))
