"""Spotting in a stream, frame by frame."""

import math
import os
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from micron_bert.errors import InputError
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.recognition.reliability import Reliability
from micron_bert.spotting.baseline import Baseline
from micron_bert.spotting.decision import Judgement
from micron_bert.spotting.finder import FaceFinder, box_of
from micron_bert.spotting.followed_face import stride_of
from micron_bert.spotting.interval import REGIONS, Interval
from micron_bert.spotting.point import Point
from micron_bert.spotting.watch import FaceWatch
from micron_bert.spotting.watch_options import WatchOptions
from micron_bert.video.picture import as_rgb

DELAY = 1.0  # seconds: an interval is reported at most so long after its end
HOLE = 2.5  # times the usual spacing of frames: a longer pause interrupts the stretch
SHORTEST_HOLE = 0.1  # seconds


@dataclass(frozen=True)
class LiveUpdate:
    """
    What is known after a frame.

    Attributes:
        time (`float`): of the newest point of the curve, some hundredths of a second before the frame's.
        movement (`float`): the curve there, in % of the inter-ocular distance; NaN where there is none.
        regions (`dict[str, float]`): the same by region.
        face (`bool`): whether a face is in the frame.
        interval_closed (`list[Interval]`): expressions that ended and were not reported before.
        box (`tuple[float, float, float, float]` or `None`): left, top, right, bottom of the face in the frame.
        points (`dict[int, list[Point]]`): all new points of the curve, by face.
        judgements (`dict[int, list[Judgement]]`): how likely an expression was, some tenths of a second before.
    """

    time: float
    movement: float
    regions: dict[str, float]
    face: bool
    interval_closed: list[Interval]
    box: tuple[float, float, float, float] | None
    points: dict[int, list[Point]] = field(default_factory=dict)
    judgements: dict[int, list[Judgement]] = field(default_factory=dict)


class LiveSpotter:
    """
    Spots expressions in a stream, with bounded memory. It reports an interval a second after its end at most.

    Made by [`Spotter.live`].

    Args:
        recognizer ([`Recognizer`]): its model measures and names the movements.
        options ([`WatchOptions`], *optional*): strictness, baseline, seconds at rest, frames ahead.
        fps (`float`, defaults to 30.0): frames per second, as a rule; times count, not this.
        face (`int`, `tuple` or `str`, defaults to 0): which face, see [`FaceFinder`].
        models (`str` or `os.PathLike`, *optional*): folder with the face models.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        options: WatchOptions | None = None,
        fps: float = 30.0,
        face: int | tuple[float, float] | str = 0,
        models: str | os.PathLike | None = None,
    ):
        if not (math.isfinite(fps) and fps > 0):
            raise InputError(f"`fps` is `{fps}`; it must be a positive number of frames per second.")
        self.finder = FaceFinder(face, models)
        self.step = stride_of(fps)
        self.spacings = deque([self.step / fps], maxlen=31)
        self.watches: dict[int, FaceWatch] = {}
        self._make = lambda number: FaceWatch(recognizer, options, number)
        self.count = self.place = 0
        self.last = -math.inf
        self.shape = None
        self._strongest: Interval | None = None
        self._rank = (-1.0, 0.0)
        self.update = LiveUpdate(0.0, math.nan, dict.fromkeys(REGIONS, math.nan), False, [], None)

    def push(self, image: np.ndarray, time: float, index: int | None = None) -> LiveUpdate:
        """
        Takes the next frame.

        Args:
            image (`np.ndarray` of shape `(H, W, 3)`): RGB, uint8.
            time (`float`): in seconds, later than that of the frame before.
            index (`int`, *optional*): number of the frame; counted from 0 if left out.

        A frame of another size than the one before begins a new stretch, as a cut does.
        """
        index, self.count = self.count if index is None else index, self.count + 1
        spacing = float(np.median(self.spacings))
        passed = time - self.last
        # a fast film is thinned out; two frames of one time hold no movement
        if passed <= (0.9 * spacing if self.step > 1 else 1e-6):
            return self._quiet()
        image = as_rgb(image)
        points: dict[int, list[Point]] = {}
        closed: list[Interval] = []

        def gather(number: int, what: tuple[list[Point], list[Interval]]) -> None:
            points.setdefault(number, []).extend(what[0])
            closed.extend(what[1])

        if math.isfinite(passed):
            resized = image.shape != self.shape
            if resized:
                self.finder.resize(image.shape[1] / self.shape[1], image.shape[0] / self.shape[0])
            if resized or passed > max(HOLE * spacing, SHORTEST_HOLE):
                for number, watch in self.watches.items():
                    gather(number, watch.interrupt(spacing))
            else:
                self.spacings.append(passed)
        self.last, self.place, self.shape = time, self.place + 1, image.shape
        found = self.finder.locate(image, time)
        for number in found:
            if number not in self.watches:
                self.watches[number] = self._make(number)
        for number, watch in self.watches.items():
            gather(number, watch.push(self.place, index, time, image, found.get(number), spacing))
        gone = [number for number in self.watches if number not in self.finder.seen]
        for number in gone:
            gather(number, self.watches[number].catch_up())
        judged = self._judgements()
        for number in gone:
            self._remember(self.watches.pop(number))
        return self._tell(points, closed, found, judged)

    @property
    def resting(self) -> bool:
        """Whether the resting seconds of a face go on."""
        return any(watch.rest.goes_on for watch in self.watches.values())

    @property
    def baseline(self) -> Baseline | None:
        """Of the first face; `None` where nobody has said or seen what is usual for it."""
        first = min(self.watches, default=None)
        return None if first is None else self.watches[first].rest.baseline

    @property
    def strongest(self) -> Interval | None:
        """The surest movement so far that was not reported as an expression."""
        for watch in self.watches.values():
            self._remember(watch)
        return self._strongest

    def _remember(self, watch: FaceWatch) -> None:
        if watch.rank > self._rank:
            self._strongest, self._rank = watch.strongest, watch.rank

    def reliability(self, fps: float, bits_per_pixel: float | None = None) -> Reliability | None:
        """Of the stream so far, for the first face; `None` before one was seen. Arguments as its attributes."""
        first = min(self.watches, default=None)
        if first is None:
            return None
        faces = 1 if self.finder.face == "all" else max(self.finder.most, 1)
        return self.watches[first].reliability.read(fps, bits_per_pixel, faces)

    def finish(self) -> list[Interval]:
        """Ends the stream and returns the expressions not yet reported."""
        return self.drain().interval_closed

    def drain(self) -> LiveUpdate:
        """Like [`finish`], with the last points of the curve."""
        spacing = float(np.median(self.spacings))
        points, closed = {}, []
        for number, watch in self.watches.items():
            points[number], intervals = watch.interrupt(spacing)
            closed += intervals
        return self._tell(points, closed, {}, self._judgements())

    def _quiet(self) -> LiveUpdate:
        last = self.update
        return LiveUpdate(last.time, last.movement, last.regions, last.face, [], last.box)

    def _judgements(self) -> dict[int, list[Judgement]]:
        return {number: watch.judgements() for number, watch in self.watches.items()}

    def _tell(self, points: dict, closed: list[Interval], found: dict[int, np.ndarray], judged: dict) -> LiveUpdate:
        first = min(points, default=None)
        newest = points[first][-1] if first is not None and points[first] else None
        time, movement, regions = self.update.time, self.update.movement, self.update.regions
        if newest is not None:
            time, movement = newest.time, newest.movement
            regions = dict(zip(REGIONS, map(float, newest.regions), strict=True))
        shown = min(found, default=None)
        box = None if shown is None else tuple(float(value) for value in box_of(found[shown]))
        closed = sorted(closed, key=lambda interval: interval.onset)
        self.update = LiveUpdate(time, movement, regions, bool(found), closed, box, points, judged)
        return self.update
