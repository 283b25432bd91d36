"""Spotting for one face of a stream: its curve, and its expressions as soon as they are over."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from micron_bert.recognition.recognizer import Recognizer
from micron_bert.recognition.reliability import ReliabilityMeter
from micron_bert.spotting.causes import cause_of
from micron_bert.spotting.course import LIPS, Moment, join, weights_of
from micron_bert.spotting.decision import REMEMBERED, Decision, Finding, Judgement
from micron_bert.spotting.finding_interval import DOUBTFUL, interval_of, moments_around
from micron_bert.spotting.head import calibrations_of, course_head, head_input
from micron_bert.spotting.interval import Interval
from micron_bert.spotting.movement import MovementMeter
from micron_bert.spotting.point import Point
from micron_bert.spotting.reading import CourseReader
from micron_bert.spotting.rest import Rest
from micron_bert.spotting.steps import Steps
from micron_bert.spotting.track import AlignedFace, FaceTrack
from micron_bert.spotting.watch_options import WatchOptions

EVERY = 0.1  # seconds between two runs of the course head


class _Waiting(NamedTuple):
    """Faces that a frame brought, number and time of a frame without the face, and the spacing of frames."""

    faces: list[AlignedFace]
    absent: tuple[int, float] | None
    spacing: float


class FaceWatch:
    """
    Measures the course of one face and reports its expressions, with bounded memory.

    Args:
        recognizer ([`Recognizer`]): its model measures the movements, and its course head reads them.
        options ([`WatchOptions`], *optional*): of this face.
        number (`int`): of the face.

    Attributes:
        strongest ([`Interval`] or `None`):
            The surest movement that was not reported, with its `cause`; where all are doubtful, the one with the
            largest cause, so that a film of blinks is explained by a blink.
        rank (`tuple[float, float]`): of that movement among the others; the highest is kept.
        rest ([`Rest`]): whether the face is in its resting seconds, and its baseline.
        reliability ([`ReliabilityMeter`]): of what was seen so far.

    Raises:
        [`InputError`]: the model has no course head, or one that was not calibrated.
    """

    def __init__(self, recognizer: Recognizer, options: WatchOptions | None = None, number: int = 0):
        options = options or WatchOptions()
        self.number, self.ahead = number, options.ahead
        self.waiting: list[_Waiting] = []
        self.track = FaceTrack(recognizer.size)
        self.meter = MovementMeter(recognizer)
        self.steps = Steps()
        self.runtime = recognizer.runtime
        self.reader = CourseReader(course_head(self.runtime))
        self.decision = Decision(calibrations_of(self.runtime), options.strictness)
        self.rest = Rest(options.rest, options.baseline, self.decision)
        self.strongest: Interval | None = None
        self.rank = (-1.0, 0.0)
        self.reliability = ReliabilityMeter()
        self.judged: list[Judgement] = []
        self._begin(None)

    def _begin(self, stretch: int | None) -> None:
        """Forgets the stretch before."""
        self.stretch, self.weights = stretch, None
        self.moments: deque[Moment] = deque()
        self.looked = -np.inf
        self.meter.clear()
        self.steps.finish()
        self.reader.clear()
        self.decision.clear()

    def push(self, place, index, time, image, landmarks, spacing: float) -> tuple[list[Point], list[Interval]]:
        """
        Takes the next frame.

        Args:
            place, index, time, image, landmarks: as for [`FaceTrack.push`].
            spacing (`float`): seconds between frames, as a rule.

        Returns:
            `tuple[list[Point], list[Interval]]`: new points of the curve, and intervals that are over.
        """
        faces = list(self.track.push(place, index, time, image, landmarks))
        self.waiting.append(_Waiting(faces, None if landmarks is not None else (index, time), spacing))
        return self.catch_up() if len(self.waiting) >= self.ahead else ([], [])

    def catch_up(self) -> tuple[list[Point], list[Interval]]:
        """Takes the frames that wait for others; returns as [`push`]."""
        waiting, self.waiting = self.waiting, []
        points, intervals = [], []
        if len(waiting) > 1:
            self._look_ahead([(face, one.spacing) for one in waiting for face in one.faces])
        for faces, absent, spacing in waiting:
            some, closed = self.take(faces, spacing)
            points, intervals = points + some, intervals + closed
            if absent is not None:
                self.reliability.miss()
                intervals += self._end()
                points.append(Point.without_face(*absent))
        return points, intervals

    def _look_ahead(self, faces: list[tuple[AlignedFace, float]]) -> None:
        fresh, stretch = set(), self.stretch
        for face, _ in faces:
            if face.stretch != stretch:
                fresh.add(face.place)
                stretch = face.stretch
        if faces:
            self.meter.look_ahead([(face.place, face.time, face.image, every) for face, every in faces], fresh)

    def judgements(self) -> list[Judgement]:
        """Judgements of the steps since the last call."""
        judged, self.judged = self.judged, []
        return judged

    def interrupt(self, spacing: float) -> tuple[list[Point], list[Interval]]:
        """Ends the stretch, as at a hole in the film or at its end."""
        self.waiting.append(_Waiting(list(self.track.interrupt()), None, spacing))
        points, intervals = self.catch_up()
        return points, intervals + self._end()

    def take(self, faces: Iterable[AlignedFace], spacing: float) -> tuple[list[Point], list[Interval]]:
        """Takes faces that are aligned already; otherwise as [`push`]."""
        points, intervals = [], []
        for face in faces:
            if face.stretch != self.stretch:
                intervals += self._end()
                self._begin(face.stretch)
                self.weights = weights_of(face, self.meter.grid)
            pairs = self.meter.push(face.place, face.time, face.image, spacing)
            moment = join(self.moments, face, pairs)
            self.moments.append(moment)
            self.reliability.see(face.landmarks, moment.state[LIPS], face.correlation, face.time)
            while self.moments[0].time < face.time - REMEMBERED:
                self.moments.popleft()
            named = self.runtime.labels, self.runtime.expressions
            self.reader.push(self.steps.push(head_input(face.time, moment.position, pairs, *named)))
            points.append(Point.of(face, pairs, self.weights))
            self.rest.see(points[-1], spacing)
            # at a low rate after every frame, or the delay would grow
            if face.time - self.looked >= EVERY - 0.6 * spacing:
                self.looked = face.time
                intervals += self._look()
        return points, intervals

    def _end(self) -> list[Interval]:
        intervals = []
        if self.moments:
            self.reader.push(self.steps.finish())
            intervals = self._look(finished=True)
        self._begin(self.stretch)
        return intervals

    def _look(self, finished: bool = False) -> list[Interval]:
        """Runs the course head on new steps, and returns the expressions that are settled."""
        if len(self.moments) < 3:
            return []
        reported, refused = self.decision.take(self.reader.read(finished), finished)
        self.judged += self.decision.judgements()
        reported, refused = self.rest.hold_back(reported, refused)
        for finding in refused:
            rank = self._rank(finding)
            if rank > self.rank:
                self.strongest, self.rank = self._interval(finding), rank
        return [self._interval(finding) for finding in reported]

    def _rank(self, finding: Finding) -> tuple[float, float]:
        if finding.confidence >= DOUBTFUL:
            return finding.confidence, 0.0
        return 0.0, cause_of(moments_around(finding, self.moments)).size

    def _interval(self, finding: Finding) -> Interval:
        return interval_of(finding, self.moments, self.weights, self.meter, self.decision, self.number)
