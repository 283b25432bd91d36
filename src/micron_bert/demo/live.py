"""A visitor's camera, frame by frame."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import cv2
import numpy as np

from micron_bert.demo.analysis import to_jpeg
from micron_bert.demo.views import band, data_uri, describe, plain
from micron_bert.spotting import Interval, LiveSpotter, Spotter
from micron_bert.spotting.movement import LAGS

WINDOW = 10.0  # seconds of the curve that are shown
TOLD = 4  # expressions that are listed
EVERY = 1 / 15  # seconds between two frames of the camera
FEWEST = 1 / LAGS[0]  # frames a second; with fewer, quick movements fall between two, and no expression is told
REST = 3.0  # seconds at the beginning in which the face shows what is usual for it
THUMBNAIL, REMEMBERED = 72, 4.0  # side in pixels; seconds for which small pictures of the face are kept
RECENT = 0.5  # seconds of the curve that say whether it can be read: one frame would make the state flicker
WAKING = 2.0  # seconds of the newest frames after which their rate counts, also before there is a reading
MARGIN = 0.2  # of the face's side, around it
# name and words of each state of the stream
STATES = {
    "no face": "No face in the picture: come closer, or into the light",
    "warming up": "Warming up",
    "resting": "Keep a resting face: learning what is usual for it",
    "too few frames": "Too few frames arrive for quick movements: close other programs, or record a clip",
    "too much movement": "Too much movement: hold your head still",
    "tracking": "Tracking",
}


@dataclass(frozen=True)
class Told:
    """An expression and a small picture of its apex."""

    interval: Interval
    picture: str | None


class LiveSession:
    """
    One visitor in front of a camera. Frames count by the clock of the machine, for they come as they come.

    Args:
        spotter ([`Spotter`]):
            Measures the movement.
        clock (`Callable`, *optional*):
            Seconds that only grow.
    """

    def __init__(self, spotter: Spotter, clock: Callable[[], float] = monotonic):
        self.spotter, self.clock = spotter, clock
        self.points: deque[tuple[float, float]] = deque()
        self.told: deque[Told] = deque(maxlen=TOLD)
        self.arrivals: deque[float] = deque(maxlen=20)
        self.faces: deque[tuple[float, np.ndarray]] = deque()
        self._begin(None)

    def _begin(self, shape) -> None:
        self.live: LiveSpotter = self.spotter.live(1 / EVERY, rest=REST)
        self.shape, self.start = shape, None
        for kept in (self.points, self.told, self.faces):
            kept.clear()

    def push(self, image: np.ndarray) -> dict:
        """
        Takes a frame `(H, W, 3)`, RGB uint8, and returns the value of [`movement_view`].

        A camera that is turned, or exchanged for another, begins anew.
        """
        now = self.clock()
        if self.shape != image.shape:
            self._begin(image.shape)
        self.start = now if self.start is None else self.start
        time = now - self.start
        self.arrivals.append(time)
        update = self.live.push(image, time)
        if update.box is not None:
            self.faces.append((time, _small(image, update.box)))
        for point in update.points.get(min(update.points, default=0), ()):
            self.points.append((point.time, point.movement))
        if self.rate() >= FEWEST:
            self.told.extend(Told(interval, self._picture(interval.peak)) for interval in update.interval_closed)
        while self.points and self.points[0][0] < time - WINDOW:
            self.points.popleft()
        while self.faces and self.faces[0][0] < time - REMEMBERED:
            self.faces.popleft()
        return self._shown(time, update.face)

    def rate(self) -> float:
        """Frames per second, lately."""
        if len(self.arrivals) < 2 or self.arrivals[-1] <= self.arrivals[0]:
            return 0.0
        return (len(self.arrivals) - 1) / (self.arrivals[-1] - self.arrivals[0])

    def state(self, face: bool) -> str:
        """Which of `STATES` the stream is in."""
        if not face:
            return "no face"
        known = any(np.isfinite(movement) for _, movement in self.points)
        # with too few frames there may never be a reading; the first ones may be slow because the model wakes up
        if self.rate() < FEWEST and (known or self.arrivals[-1] - self.arrivals[0] > WAKING):
            return "too few frames"
        if not known:
            return "warming up"
        recent = [np.isfinite(movement) for time, movement in self.points if time > self.points[-1][0] - RECENT]
        if np.mean(recent) <= 0.5:
            return "too much movement"
        return "resting" if self.live.resting else "tracking"

    def _picture(self, peak: float) -> str | None:
        nearest = min(self.faces, key=lambda one: abs(one[0] - peak), default=None)
        return None if nearest is None else data_uri(to_jpeg(nearest[1]), "jpeg")

    def _shown(self, time: float, face: bool) -> dict:
        times, movement = zip(*self.points, strict=True) if self.points else ((), ())
        first, state = time - WINDOW, self.state(face)
        return {
            "times": [round(value, 3) for value in times],
            "movement": plain(np.array(movement)),
            "window": [first, time],
            "bands": [band(one.interval) for one in self.told if one.interval.end > first],
            "gaps": gaps(np.array(times), np.array(movement), time),
            "marks": [],
            "state": {"name": state, "text": STATES[state]},
            "note": f"{self.rate():.0f} frames a second",
            "events": [{"text": describe(one.interval), "picture": one.picture} for one in reversed(self.told)],
        }


def gaps(times: np.ndarray, movement: np.ndarray, until: float, shortest: float = 0.3) -> list[dict]:
    """
    Where nothing is known of the movement, as bands of the chart.

    Args:
        times, movement (`np.ndarray` of shape `(T,)`): points of the curve; NaN where there is no reading.
        until (`float`): time of the newest frame, which the curve lags behind a little.
        shortest (`float`, defaults to 0.3): seconds that count as a gap.
    """
    known = times[np.isfinite(movement)] if len(times) else times
    if not len(known):
        return []
    edges = [*known, max(until - shortest, known[-1])]
    pairs = zip(edges[:-1], edges[1:], strict=True)
    return [{"start": float(a), "end": float(b)} for a, b in pairs if b - a > shortest]


def _small(image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    side = (1 + 2 * MARGIN) * max(box[2] - box[0], box[3] - box[1])
    scale = THUMBNAIL / max(side, 1.0)
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    matrix = np.array([[scale, 0, THUMBNAIL / 2 - scale * middle[0]], [0, scale, THUMBNAIL / 2 - scale * middle[1]]])
    return cv2.warpAffine(image, matrix, (THUMBNAIL, THUMBNAIL), flags=cv2.INTER_AREA)
