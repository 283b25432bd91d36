"""How far each patch of a face moved between a frame and frames a micro-expression's length before it."""

import math
from collections import deque
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.model.recognizer_micron_bert import Comparison, part_of, probabilities_of
from micron_bert.model.unit_reading_micron_bert import UnitReading, unit_readings
from micron_bert.recognition.recognizer import Recognizer

LAGS = (0.11, 0.22, 0.4)  # seconds: from a short rise to a whole micro-expression
HELD = 1.4  # seconds of encoded frames that are all kept: a micro-expression and its surroundings
LONGEST, THINNED = 5.0, 6  # frames kept for each second before that: enough to name a macro-expression


class Pairs(NamedTuple):
    """
    A frame against earlier ones.

    Attributes:
        places (`list[int]` of length K): the earlier frames, by their numbers among the frames used.
        lags (`list[float]` of length K): seconds by which they were earlier, each near one of `LAGS`.
        fields (`np.ndarray` of shape `(K, 4, grid, grid)`):
            float32, movement since then in % of the inter-ocular distance: expression x, y, all movement x, y.
        interest (`np.ndarray` of shape `(grid, grid)`): patch-of-interest scores of the frame, mean 1.
        micro_map (`np.ndarray` of shape `(grid, grid)`): in [0, 1], where the expression moved; mean of the pairs.
        logits (`np.ndarray` of shape `(len(LAGS), classes)`): by the pair classifier; zeros where a lag has no frame.
    """

    places: list[int]
    lags: list[float]
    fields: np.ndarray
    interest: np.ndarray
    micro_map: np.ndarray
    logits: np.ndarray


class View(NamedTuple):
    """
    Frames against the first of them.

    Attributes:
        probabilities (`np.ndarray` of shape `(classes,)`): of the pair classifier.
        field (`np.ndarray` of shape `(4, grid, grid)`): of the last frame, as in [`Pairs`].
        action_units (`tuple[UnitReading, ...]`, *optional*): readings, for a model with a head for action units.
    """

    probabilities: np.ndarray
    field: np.ndarray
    action_units: tuple[UnitReading, ...] | None = None


class _Ready(NamedTuple):
    """A frame that was encoded, and what its pairs told: the partners' seconds and places, and the answers."""

    encoded: Any
    partners: list[tuple[float, int]]
    compared: Comparison | None


class MovementMeter:
    """
    Encodes every frame of an uninterrupted stretch once and pairs it with frames before it.

    Args:
        recognizer ([`Recognizer`]):
            Its model must predict displacements.

    Raises:
        [`InputError`]: the model has a head without displacements.
    """

    def __init__(self, recognizer: Recognizer):
        self.runtime = recognizer.runtime
        if not self.runtime.displaces:
            raise InputError(
                "The model's classifier is `pooled`; spotting needs one that predicts displacements: fine-tune with "
                "`classifier: positional`."
            )
        self.classes, self.grid = len(self.runtime.labels), self.runtime.grid
        self.percent = 100 / (EYE_DISTANCE * recognizer.size)  # of the inter-ocular distance, a pixel of the crop
        self.held: deque[tuple[float, int, Any]] = deque()  # seconds, place, one encoded frame
        self.ready: dict[int, _Ready] = {}  # frames that were looked at ahead, by place

    @property
    def places(self) -> list[int]:
        """Places of the frames that are kept, in order."""
        return [place for _, place, _ in self.held]

    def clear(self) -> None:
        """Drops all frames, so that later ones are not compared with them."""
        self.held.clear()

    def look_ahead(self, frames: Sequence[tuple[int, float, np.ndarray, float]], fresh: Collection[int] = ()) -> None:
        """
        Encodes several frames in one call and compares all their pairs in another; [`push`] then finds the answers.

        Args:
            frames (`Sequence[tuple]`): place, time, image and spacing of each, as [`push`] will get them.
            fresh (`Collection[int]`): places before which [`clear`] will be called.
        """
        held, clips = deque(self.held), []
        paired: list[tuple[int, Any, list[tuple[float, int]]]] = []
        encoded = self.runtime.encode([image for _, _, image, _ in frames])
        for (place, time, _, spacing), one in zip(frames, encoded, strict=True):
            if place in fresh:
                held.clear()
            held = _with(held, (time, place, one))
            partners = [held[number] for number in _partners([entry[0] for entry in held], time, spacing)]
            clips += [[partner[2], one] for partner in partners]
            paired.append((place, one, [partner[:2] for partner in partners]))
        compared, first = self.runtime.compare(clips) if clips else None, 0
        for place, one, partners in paired:
            part = slice(first, first + len(partners))
            first = part.stop
            self.ready[place] = _Ready(one, partners, part_of(compared, part) if partners else None)

    def push(self, place: int, time: float, image: np.ndarray, spacing: float) -> Pairs:
        """
        Args:
            place (`int`): number of the next frame among those that are looked at.
            time (`float`): its time in seconds.
            image (`np.ndarray` of shape `(S, S, 3)`): the registered crop; RGB, uint8.
            spacing (`float`): seconds between frames, as a rule.
        """
        if place not in self.ready:
            self.look_ahead([(place, time, image, spacing)])
        encoded, partners, compared = self.ready.pop(place)
        self.held = _with(self.held, (time, place, encoded))
        if compared is None:
            grid = (self.grid, self.grid)
            shapes = ((0, 4, *grid), grid, grid, (len(LAGS), self.classes))
            fields, interest, micro_map, logits = (np.zeros(shape, np.float32) for shape in shapes)
            return Pairs([], [], fields, interest + 1, micro_map, logits)
        fields = compared.displacement[:, 0] * self.percent
        places = [place for _, place in partners]
        lags = [time - float(earlier) for earlier, _ in partners]
        interest, micro_map = compared.interest[0, 0], compared.micro_map[:, 0].mean(axis=0)
        missing = np.zeros((len(LAGS) - len(compared.logits), self.classes), np.float32)
        logits = np.concatenate([compared.logits, missing])
        return Pairs(places, lags, fields, interest, micro_map, logits)

    def views(self, clips: list[tuple[int, ...]]) -> list[View | None]:
        """
        The model's outputs for clips of frames that are still kept.

        Args:
            clips (`list[tuple[int, ...]]`):
                Places of the frames of each, the reference first; all of one length.

        Returns:
            `list[View]`: one for each; `None` where a frame was dropped.
        """
        at = {place: encoded for _, place, encoded in self.held}
        # clips of one movement often share their onset and apex
        different = [clip for clip in dict.fromkeys(map(tuple, clips)) if all(place in at for place in clip)]
        if not different:
            return [None] * len(clips)
        compared = self.runtime.compare([[at[place] for place in clip] for clip in different])
        labels, multi_label = {number: number for number in range(self.classes)}, self.runtime.multi_label
        named = [probabilities_of(logits, labels, multi_label) for logits in compared.logits]
        values = [np.array([one[number] for number in labels], np.float32) for one in named]
        fields = compared.displacement[:, -1] * self.percent
        of_head = (self.runtime.action_units, self.runtime.action_unit_thresholds)
        units = [unit_readings(compared.action_units, number, *of_head) for number in range(len(different))]
        seen = {clip: View(*all_) for clip, *all_ in zip(different, values, fields, units, strict=True)}
        return [seen.get(tuple(clip)) for clip in clips]


def _with(held: deque, entry: tuple[float, int, Any]) -> deque:
    """The frames kept, with the next one: most that no pair needs any more go, the rest name longer expressions."""
    held.append(entry)
    now, place, _ = entry
    if place % THINNED:
        return held
    return deque(
        one for one in held if one[0] >= now - HELD - 1e-6 or (one[0] >= now - LONGEST and one[1] % THINNED == 0)
    )


def _partners(times: Sequence[float], time: float, spacing: float) -> list[int]:
    """Which of the frames at these times the last of them, at `time`, is paired with."""
    times = np.asarray(times)
    partners: list[int] = []
    for lag in LAGS:
        nearest = int(np.abs(times - (time - lag)).argmin())
        off = abs(times[nearest] - (time - lag))
        if nearest < len(times) - 1 and off <= 0.6 * spacing and nearest not in partners:
            partners.append(nearest)
    # lags with a common divisor would leave every second or third frame unrelated to the others
    steps = [len(times) - 1 - nearest for nearest in partners]
    if len(partners) > 1 and math.gcd(*steps) > 1:
        partners[1] += 1
    return partners
