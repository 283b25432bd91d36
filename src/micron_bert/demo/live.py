"""A visitor's camera, frame by frame."""

from collections import deque
from collections.abc import Callable
from time import monotonic

import numpy as np

from micron_bert.demo.views import band, describe, plain
from micron_bert.spotting import Interval, LiveSpotter, Spotter

WINDOW = 10.0  # seconds of the curve that are shown
TOLD = 4  # expressions that are listed
EVERY = 1 / 15  # seconds between two frames of the camera


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
        self.told: deque[Interval] = deque(maxlen=TOLD)
        self.arrivals: deque[float] = deque(maxlen=20)
        self._begin(None)

    def _begin(self, shape) -> None:
        self.live: LiveSpotter = self.spotter.live(1 / EVERY)
        self.shape, self.start = shape, None

    def push(self, image: np.ndarray) -> dict:
        """
        Takes a frame `(H, W, 3)`, RGB uint8, and returns the value of [`movement_view`].

        A camera that is turned, or exchanged for another, begins anew.
        """
        now = self.clock()
        if self.shape != image.shape:
            self._begin(image.shape)
            self.points.clear()
            self.told.clear()
        self.start = now if self.start is None else self.start
        time = now - self.start
        self.arrivals.append(time)
        update = self.live.push(image, time)
        for point in update.points.get(min(update.points, default=0), ()):
            self.points.append((point.time, point.movement))
        self.told.extend(update.interval_closed)
        while self.points and self.points[0][0] < time - WINDOW:
            self.points.popleft()
        return self._shown(time, update.face)

    def rate(self) -> float:
        """Frames per second, lately."""
        if len(self.arrivals) < 2 or self.arrivals[-1] <= self.arrivals[0]:
            return 0.0
        return (len(self.arrivals) - 1) / (self.arrivals[-1] - self.arrivals[0])

    def _shown(self, time: float, face: bool) -> dict:
        times, movement = zip(*self.points, strict=True) if self.points else ((), ())
        first = time - WINDOW
        state = (
            f"{self.rate():.0f} frames a second" if face else "No face in the picture: come closer, or into the light"
        )
        return {
            "times": [round(value, 3) for value in times],
            "movement": plain(np.array(movement)),
            "window": [first, time],
            "bands": [band(interval) for interval in self.told if interval.end > first],
            "marks": [],
            "note": "\n".join([state, *(describe(interval) for interval in reversed(self.told))]),
        }
