"""What two frames show: the name of a movement, its frames, its map, and what can be said of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from micron_bert.faces import FaceClip
from micron_bert.model.description_micron_bert import Description, describe, resemblance, share_of
from micron_bert.model.recognizer_micron_bert import mean_length
from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.recognition.detection import NONE, OF_PAIR, Detection


@dataclass(frozen=True)
class Recognition:
    """
    The name of a movement, its frames and its map.

    The pair classifier names a movement. Whether that is an expression, two frames cannot tell; the course of a film
    can: see [`~micron_bert.spotting.Spotter.recognize`].

    Attributes:
        label (`str` or `None`):
            The most probable class. `None` for a macro-expression, because nobody has measured those names.
        probabilities (`dict[str, float]`): of every class; for a macro-expression that of `none` alone.
        onset, apex (`int`): numbers of the two frames in the source.
        offset (`int` or `None`): number of the frame where half of the movement is gone; `None` of two given frames.
        times (`dict[str, float]` or `None`): seconds of onset, apex and offset; None for bare pictures.
        micro_map (`np.ndarray` of shape `(rows, columns)`): in [0, 1], where the face moved.
        pair ([`FaceClip`]): the aligned and registered onset and apex.
        scenes (`tuple[np.ndarray, np.ndarray]`): the two frames as they were in the source, RGB uint8.
        action_units (`tuple[UnitReading, ...]` or `None`):
            Every unit that the model reads, the most probable first; those that are `shown` reach its threshold. None
            for a model without a head for them.
        detection ([`Detection`]): whether there is an expression; of two frames only a no can be told.
        displacements (`np.ndarray` of shape `(4, rows, columns)` or `None`):
            Predicted movement of the skin from onset to apex, in % of the inter-ocular distance: by an expression x
            (to the right) and y (down), and by everything, speech and blinks included, x and y. None for a pooled
            head.
        curve ([`~micron_bert.spotting.Curve`], *optional*): of the whole film, where it was spotted.
    """

    label: str | None
    probabilities: dict[str, float]
    onset: int
    apex: int
    offset: int | None
    times: dict[str, float | None] | None
    micro_map: np.ndarray
    pair: FaceClip
    scenes: tuple[np.ndarray, np.ndarray]
    detection: Detection = OF_PAIR
    displacements: np.ndarray | None = None
    action_units: tuple[UnitReading, ...] | None = None
    curve: Any = None

    @property
    def seconds(self) -> float | None:
        """Duration from the onset to the offset, or to the apex where there is no offset; `None` for pictures."""
        times = self.times or {}
        end = times.get("apex") if times.get("offset") is None else times["offset"]
        return None if times.get("onset") is None or end is None else end - times["onset"]

    @property
    def displacement(self) -> np.ndarray | None:
        """The movement that is told, `(2, rows, columns)`: by the expression, or all of it where there is none."""
        if self.displacements is None:
            return None
        return self.displacements[2:] if self.label == NONE else self.displacements[:2]

    @property
    def movement(self) -> float | None:
        """Mean movement of the face without the eyes, in % of the inter-ocular distance; `None` for a pooled head."""
        return None if self.displacement is None else float(mean_length(self.displacement))

    @property
    def description(self) -> Description | None:
        """What moved, where, which way and how far; `None` for a pooled head."""
        region = None if self.detection.shown is None else self.detection.shown.region
        return None if self.displacement is None else describe(self.displacement, self.seconds, region)

    @property
    def resembles(self) -> str | None:
        """What the movement resembles, such as `"closely resembles positive"`; `None` where it has no name."""
        if self.label in (None, NONE):
            return None
        return resemblance(self.label, share_of(self.label, self.probabilities))
