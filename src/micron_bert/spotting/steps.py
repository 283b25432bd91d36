"""Resampling a course to even steps of time, for any frame rate."""

from collections import deque
from typing import NamedTuple

import numpy as np

from micron_bert.model.course_steps_micron_bert import STEP

ROUNDING = 1e-6  # seconds


class Step(NamedTuple):
    """
    The state of a face at one step.

    Attributes:
        time (`float`): in seconds.
        position (`np.ndarray` of shape `(4, grid, grid)`): where every patch is, as in [`Moment`].
        maps (`np.ndarray` of shape `(2, grid, grid)`): micro map, and interest less one.
        pair_logits (`np.ndarray` of shape `(3, classes)`): of the pair classifier, for each lag.
    """

    time: float
    position: np.ndarray
    maps: np.ndarray
    pair_logits: np.ndarray


class Steps:
    """
    Takes the frames of a stretch as they come, and gives a [`Step`] every `STEP` seconds from the first one on.

    A step is a weighted mean of the frames around it. The weight falls to 0 at the distance of a step or of the next
    frame, whichever is larger: at a high rate noise averages out, at a low rate frames are interpolated.
    """

    def __init__(self):
        self.frames: deque[Step] = deque()
        self.begin, self.count = None, 0

    def push(self, frame: Step) -> list[Step]:
        """Takes the next frame; returns the steps that are complete."""
        self.begin = frame.time if self.begin is None else self.begin
        self.frames.append(frame)
        return self._ready(frame.time)

    def finish(self) -> list[Step]:
        """Ends the stretch; returns the steps up to its last frame."""
        last = self.frames[-1].time if self.frames else -np.inf
        steps = self._ready(np.inf, last)
        self.frames.clear()
        self.begin, self.count = None, 0
        return steps

    def _ready(self, now: float, last: float = np.inf) -> list[Step]:
        steps = []
        while self.frames:
            time = self.begin + self.count * STEP
            if time > min(now, last) + ROUNDING:
                break
            reach = max(STEP, self._gap(time))
            if now < time + reach - ROUNDING:
                break
            steps.append(self._mean(time, reach))
            self.count += 1
            while len(self.frames) > 2 and self.frames[1].time <= time - reach:
                self.frames.popleft()
        return steps

    def _gap(self, time: float) -> float:
        """Seconds between the frames before and after a time; 0 where one of them is missing."""
        before = max((frame.time for frame in self.frames if frame.time <= time + ROUNDING), default=None)
        after = min((frame.time for frame in self.frames if frame.time > time + ROUNDING), default=None)
        return 0.0 if before is None or after is None else after - before

    def _mean(self, time: float, reach: float) -> Step:
        weights = np.array([max(1 - abs(frame.time - time) / reach, 0.0) for frame in self.frames])
        if weights.sum() < ROUNDING:  # the last frame, by rounding
            weights[-1] = 1.0
        weights /= weights.sum()
        values = (
            sum(w * values for w, values in zip(weights, several, strict=True) if w > 0)
            for several in list(zip(*self.frames, strict=True))[1:]
        )
        return Step(time, *(np.asarray(value, np.float32) for value in values))
