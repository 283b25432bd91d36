"""Spotting for one face of a stream: its curve, and its expressions as soon as they are over."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from micron_bert.recognition.recognizer import Recognizer
from micron_bert.recognition.reliability import ReliabilityMeter
from micron_bert.spotting.baseline import SHORTEST, Baseline
from micron_bert.spotting.causes import cause_of
from micron_bert.spotting.course import LIPS, Moment, join, weights_of
from micron_bert.spotting.decision import MOST_LENIENT, REMEMBERED, Decision, Finding, Judgement
from micron_bert.spotting.extents import frames_within
from micron_bert.spotting.head import calibrations_of, course_head, head_input, named_by_course
from micron_bert.spotting.interval import REGIONS, Interval
from micron_bert.spotting.movement import MovementMeter, Pairs
from micron_bert.spotting.reading import CourseReader
from micron_bert.spotting.regions import face_weights
from micron_bert.spotting.steps import Step, Steps
from micron_bert.spotting.track import AlignedFace, FaceTrack

EVERY = 0.1  # seconds between two runs of the course head
CLIP_FRAMES = 6  # frames after the onset that the pair classifier sees, where it names an interval
AROUND = 0.2  # seconds before and after a movement in which its cause is looked for
DOUBTFUL = MOST_LENIENT  # confidence that no strictness requires; below it, confidences are not compared


class Point(NamedTuple):
    """
    The curve at one frame.

    Attributes:
        index (`int`), time (`float`): of the frame.
        movement (`float`): over the face without the eyes, in % of the inter-ocular distance; NaN without any pair.
        regions (`np.ndarray` of shape `(5,)`): the same for brows, eyes, nose, mouth, cheeks.
        present (`bool`): whether the face was seen.
    """

    index: int
    time: float
    movement: float
    regions: np.ndarray
    present: bool


class _Waiting(NamedTuple):
    """Faces that a frame brought, number and time of a frame without the face, and the spacing of frames."""

    faces: list[AlignedFace]
    absent: tuple[int, float] | None
    spacing: float


NOWHERE = np.full(len(REGIONS), np.nan)


class FaceWatch:
    """
    Measures the course of one face and reports its expressions, with bounded memory.

    Args:
        recognizer ([`Recognizer`]): its model measures the movements, and its course head reads them.
        strictness (`float`): between 0 and 1.
        number (`int`): of the face.
        listener (`Callable`, *optional*): gets every [`Step`]; the course head does not run then.
        baseline ([`Baseline`], *optional*): of this face at rest.
        rest (`float`, defaults to 0.0):
            Seconds from the first frame on in which the face is neutral: nothing is reported in them, and they become
            the baseline.
        ahead (`int`, defaults to 1):
            Frames that the model gets in one call; what they tell comes with the last of them.

    Attributes:
        strongest ([`Interval`] or `None`):
            The surest movement that was not reported, with its `cause`; where all are doubtful, the one with the
            largest cause, so that a film of blinks is explained by a blink.
        rank (`tuple[float, float]`): of that movement among the others; the highest is kept.
        resting (`bool`): whether the resting seconds go on.
        reliability ([`ReliabilityMeter`]): of what was seen so far.

    Raises:
        [`InputError`]: the model has no course head, or one that was not calibrated.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        strictness: float = 0.5,
        number: int = 0,
        listener: Callable | None = None,
        baseline: Baseline | None = None,
        rest: float = 0.0,
        ahead: int = 1,
    ):
        self.number, self.listener, self.ahead = number, listener, ahead
        self.waiting: list[_Waiting] = []
        self.track = FaceTrack(recognizer.size)
        self.meter = MovementMeter(recognizer)
        self.steps = Steps()
        self.runtime = recognizer.runtime
        if listener is None:
            self.reader = CourseReader(course_head(self.runtime))
            self.decision = Decision(calibrations_of(self.runtime), strictness)
        self.strongest: Interval | None = None
        self.rank = (-1.0, 0.0)
        self.reliability = ReliabilityMeter()
        self.baseline, self.rest = baseline, rest
        self.resting, self.rested, self.quiet = rest > 0, 0.0, []
        self.before: list[Finding] = []
        self.begun: float | None = None
        if baseline is not None:
            self._settle()
        self.judged: list[Judgement] = []
        self._begin(None)

    def _begin(self, stretch: int | None) -> None:
        """Forgets the stretch before."""
        self.stretch, self.weights = stretch, None
        self.moments: deque[Moment] = deque()
        self.looked = -np.inf
        self.meter.clear()
        self.steps.finish()
        if self.listener is None:
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
                points.append(Point(*absent, np.nan, NOWHERE, False))
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
            self._hear(self.steps.push(head_input(face.time, moment.position, pairs, *named)))
            points.append(self._point(face, pairs))
            if self.resting:
                self.begun = face.time if self.begun is None else self.begun
                if face.time < self.begun + self.rest:
                    self.rested += spacing
                    self.quiet.append(points[-1].movement)
            # at a low rate after every frame, or the delay would grow
            if face.time - self.looked >= EVERY - 0.6 * spacing:
                self.looked = face.time
                intervals += self._look()
        return points, intervals

    def _hear(self, steps: list[Step]) -> None:
        if self.listener is None:
            self.reader.push(steps)
        else:
            for step in steps:
                self.listener(step)

    def _end(self) -> list[Interval]:
        intervals = []
        if self.moments:
            self._hear(self.steps.finish())
            intervals = self._look(finished=True)
        self._begin(self.stretch)
        return intervals

    def _point(self, face: AlignedFace, pairs: Pairs) -> Point:
        if not pairs.places:
            return Point(face.index, face.time, np.nan, NOWHERE, True)
        lengths = np.linalg.norm(pairs.fields[:, :2], axis=1)  # (K, grid, grid)
        shares = np.concatenate([face_weights(self.weights)[None], self.weights]) * pairs.interest
        shares /= np.maximum(shares.sum(axis=(1, 2), keepdims=True), 1e-9)
        values = np.einsum("rij,kij->kr", shares, lengths).max(axis=0)
        return Point(face.index, face.time, float(values[0]), values[1:], True)

    def _look(self, finished: bool = False) -> list[Interval]:
        """Runs the course head on new steps, and returns the expressions that are settled."""
        if self.listener is not None or len(self.moments) < 3:
            return []
        told, refused = self.decision.take(self.reader.read(finished), finished)
        self.judged += self.decision.judgements()
        if self.resting:
            told, refused = self._rest(told, refused)
        elif self.baseline is not None:
            told, refused = (
                [one for one in several if not self.baseline.holds(one.apex)] for several in (told, refused)
            )
        for finding in refused:
            rank = self._rank(finding)
            if rank > self.rank:
                self.strongest, self.rank = self._interval(finding), rank
        return [self._interval(finding) for finding in told]

    def _rest(self, told: list[Finding], refused: list[Finding]) -> tuple[list[Finding], list[Finding]]:
        """Findings outside the resting seconds; those within are kept for the baseline."""
        until = self.begun + self.rest
        self.before += [finding for finding in (*told, *refused) if finding.apex < until]
        told, refused = ([one for one in several if one.apex >= until] for several in (told, refused))
        if self.decision.looked_until > until:
            self.resting = False
            # a face that was absent has no baseline
            if self.rested >= SHORTEST:
                self.baseline = Baseline.of((self.begun, until), self.rested, self.quiet, self.before)
                self._settle()
            told = [one for one in told if one.confidence >= self.decision.required[one.kind]]
        return told, refused

    def _settle(self) -> None:
        self.decision.required = self.baseline.required(self.decision.required)

    def _rank(self, finding: Finding) -> tuple[float, float]:
        if finding.confidence >= DOUBTFUL:
            return finding.confidence, 0.0
        return 0.0, cause_of(self._around(finding)).size

    def _around(self, finding: Finding) -> list[Moment]:
        """The moments of a movement, and those shortly before and after it."""
        return [m for m in self.moments if finding.onset - AROUND <= m.time <= finding.offset + AROUND]

    def _interval(self, finding: Finding) -> Interval:
        moments = list(self.moments)
        times = np.array([moment.time for moment in moments])
        first, last = frames_within(times, (finding.onset, finding.apex, finding.offset), finding.kind)
        middle = min(max(int(np.abs(times - finding.apex).argmin()), first), last)
        onset, apex, offset = moments[first], moments[middle], moments[last]
        moved = np.linalg.norm((apex.position - onset.position)[:2], axis=0)
        region = REGIONS[int(np.einsum("rij,ij->r", self.weights, moved).argmax())]
        probabilities = self._name(finding, onset.place, offset.place)
        label = max(probabilities, key=probabilities.get) if probabilities else None
        extent = (onset.index, apex.index, offset.index, onset.time, apex.time, offset.time)
        box = tuple(float(value) for value in apex.box)
        told = (finding.kind, finding.confidence, region, self.number, label, probabilities, box)
        movement = float(moved[face_weights(self.weights) > 0].mean())
        return Interval(
            *extent, *told, cause_of(self._around(finding)).name, movement, self._units(onset.place, apex.place)
        )

    def _units(self, onset: int, apex: int):
        """The action units between two frames, where the model reads any and the frames are still kept."""
        if not self.meter.runtime.action_units or onset == apex:
            return None
        held = [place for _, place, _ in self.meter.held]
        first = max((place for place in held if place <= onset), default=held[0])
        last = min((place for place in held if place >= apex), default=held[-1])
        (view,) = self.meter.views([(first, last)])
        return None if view is None else view.action_units

    def _name(self, finding: Finding, onset: int, offset: int) -> dict[str, float] | None:
        """The class of an expression by the course head; by the pair classifier where its classes are others."""
        if named_by_course(self.runtime.labels, self.runtime.expressions):
            values = self.decision.classes(finding)
            return {name: float(value) for name, value in zip(self.runtime.expressions, values, strict=True)}
        held = [place for _, place, _ in self.meter.held]
        first = max((place for place in held if place <= onset), default=held[0])
        inside = [place for place in held if first < place < offset]
        if not inside:
            return None
        chosen = np.unique(np.round(np.linspace(0, len(inside) - 1, CLIP_FRAMES)).astype(int))
        (view,) = self.meter.views([(first, *(inside[number] for number in chosen))])
        return (
            None
            if view is None
            else {self.runtime.labels[i]: float(value) for i, value in enumerate(view.probabilities)}
        )
