"""Action units as they are reported: from the head's scores to side, probability and intensity."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

SIDES = ("both", "left", "right")  # of the person, in the order of the head
USUAL_THRESHOLD = 0.5  # of a head that is not calibrated


class UnitScores(NamedTuple):
    """
    Scores of the action unit head for clips; numpy, float32.

    Attributes:
        logits (`np.ndarray` of shape `(batch, units)`): log-odds that each moved.
        sides (`np.ndarray` of shape `(batch, units, 3)`): logits of `SIDES`, if it did.
        intensity (`np.ndarray` of shape `(batch, units)`): next to that of the other units, if it did.
    """

    logits: np.ndarray
    sides: np.ndarray
    intensity: np.ndarray


class UnitReading(NamedTuple):
    """
    One action unit as it is reported.

    Attributes:
        number (`str`): of the facial action coding system.
        side (`str`): `"both"`, or the side of the person: `"left"`, `"right"`.
        probability (`float`): that it moved.
        intensity (`float`): next to that of the other units, 1 on average.
        shown (`bool`): whether the probability reaches the model's threshold for this unit.
    """

    number: str
    side: str
    probability: float
    intensity: float
    shown: bool


def unit_readings(
    scores: UnitScores | None, clip: int, names: Sequence[str], thresholds: Sequence[float]
) -> tuple[UnitReading, ...] | None:
    """
    The action units of one clip, the most probable first.

    Args:
        scores ([`UnitScores`], *optional*): output of the model; None gives None.
        clip (`int`): which of the batch.
        names (`Sequence[str]`), thresholds (`Sequence[float]`):
            Numbers of the units in the order of the head, and the probability from which on each is shown.
    """
    if scores is None:
        return None
    # the logistic function, without its overflow
    probabilities = 0.5 + 0.5 * np.tanh(0.5 * scores.logits[clip].astype(np.float64))
    sides = scores.sides[clip].argmax(axis=-1)
    units = [
        UnitReading(name, SIDES[int(side)], float(share), float(intensity), bool(share >= float(threshold)))
        for name, side, share, intensity, threshold in zip(
            names, sides, probabilities, scores.intensity[clip], thresholds, strict=True
        )
    ]
    return tuple(sorted(units, key=lambda one: -one.probability))


def unclaimed(readings: Sequence[UnitReading] | None) -> tuple[UnitReading, ...] | None:
    """The readings with none of them shown: of a movement that is taken for no expression."""
    return None if readings is None else tuple(one._replace(shown=False) for one in readings)


def unit_thresholds(config) -> tuple[float, ...]:
    """The probability from which on each of `config.action_units` is shown."""
    return tuple(map(float, config.action_unit_thresholds or [USUAL_THRESHOLD] * len(config.action_units)))
