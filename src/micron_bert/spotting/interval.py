"""What spotting finds: intervals, and the curve they were found on."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from micron_bert.labels.durations import LONGEST_MICRO
from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.recognition.detection import Detection, detection_of
from micron_bert.recognition.reliability import Reliability

REGIONS = ("brows", "eyes", "nose", "mouth", "cheeks")
ROUNDING = 1e-6  # seconds


@dataclass(frozen=True)
class Interval:
    """
    An expression that was spotted.

    Attributes:
        onset, apex, offset (`int`):
            Numbers of frames in the source: the last one before the movement, its strongest one, and the first one
            without it.
        start, peak, end (`float`): seconds of the same.
        kind (`str`): `"micro"` (half a second at most) or `"macro"`.
        confidence (`float`): probability, between 0 and 1, that an expression is there, as the course head says.
        region (`str`): where it moved most: one of `"brows"`, `"eyes"`, `"nose"`, `"mouth"`, `"cheeks"`.
        face (`int`): number of the face.
        label (`str`, *optional*): the most probable class, where it was recognised.
        probabilities (`dict[str, float]`, *optional*): of every class, where it was recognised.
        box (`tuple[float, float, float, float]`, *optional*):
            Left, top, right, bottom of the face at the apex, in pixels of the source.
        cause (`str`, *optional*):
            What else moved at the time: `"blink"`, `"speech"`, `"head"`, `"light"`, or `"rest"` for none of these.
            Of a movement that is no expression, its cause.
        movement (`float`, *optional*):
            Mean length of the face's displacement from onset to apex without the eyes, in % of the inter-ocular
            distance.
        action_units (`tuple[UnitReading, ...]`, *optional*):
            Every unit that the model reads from onset to apex, the most probable first.
    """

    onset: int
    apex: int
    offset: int
    start: float
    peak: float
    end: float
    kind: str
    confidence: float
    region: str
    face: int = 0
    label: str | None = None
    probabilities: dict[str, float] | None = None
    box: tuple[float, float, float, float] | None = None
    cause: str | None = None
    movement: float | None = None
    action_units: tuple[UnitReading, ...] | None = None


def kind_of(start: float, end: float) -> str:
    """`"micro"` or `"macro"`, by the length in seconds."""
    return "micro" if end - start <= LONGEST_MICRO + ROUNDING else "macro"


@dataclass(frozen=True)
class Curve:
    """
    How much a face moved, frame by frame, against frames a micro-expression's length before.

    Attributes:
        times (`np.ndarray` of shape `(T,)`): seconds of the frames that were looked at.
        indices (`np.ndarray` of shape `(T,)`): their numbers in the source.
        movement (`np.ndarray` of shape `(T,)`):
            Over all of the face, in % of the inter-ocular distance; NaN where there is nothing to compare with.
        regions (`dict[str, np.ndarray]`): the same by region, `(T,)` each.
        present (`np.ndarray` of shape `(T,)`): bool; whether the face was seen.
        judged (`np.ndarray` of shape `(N, 3)`, *optional*):
            Seconds of the steps that the course head read, and the confidence at each that a micro- and that a
            macro-expression is at its strongest.
    """

    times: np.ndarray
    indices: np.ndarray
    movement: np.ndarray
    regions: dict[str, np.ndarray]
    present: np.ndarray
    judged: np.ndarray | None = None


@dataclass(frozen=True)
class Spotting:
    """
    Attributes:
        curve ([`Curve`]): of the face that was followed; of the first one where all were.
        intervals (`list[Interval]`): in the order of their onsets.
        fps (`float`): frames per second of the source.
        curves (`dict[int, Curve]`): by number of the face, where several were followed.
        strongest ([`Interval`], *optional*):
            The surest movement that was not reported as an expression, with its `cause`.
        thresholds (`dict[str, float]`): confidence required, by kind.
        reliability ([`Reliability`], *optional*): of the film, for the face that `curve` is of.
        baseline ([`Baseline`], *optional*): what is usual for the face, where a neutral stretch was given.
    """

    curve: Curve
    intervals: list[Interval]
    fps: float
    curves: dict[int, Curve]
    strongest: Interval | None = None
    thresholds: dict[str, float] = field(default_factory=dict)
    reliability: Reliability | None = None
    baseline: Any = None

    @property
    def detection(self) -> Detection:
        """Whether the film shows an expression, with all that goes with it."""
        return detection_of(self.intervals, self.strongest, self.thresholds, self.reliability, self.baseline)
