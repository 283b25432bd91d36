"""Watching one face: its curve, and the expressions in it as soon as they are over."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.candidates import (
    MACRO_SCALES,
    MICRO_SCALES,
    USUAL,
    Candidate,
    face_weights,
    find_candidates,
    strengths,
)
from micron_bert.spotting.course import Course, Moment, join, weights_of
from micron_bert.spotting.extents import correct_extents, frames_within
from micron_bert.spotting.features import AFTER, describe_candidate
from micron_bert.spotting.interval import REGIONS, Interval, kind_of
from micron_bert.spotting.movement import MovementMeter, Pairs
from micron_bert.spotting.score import Score
from micron_bert.spotting.track import AlignedFace, FaceTrack

EVERY = 0.1  # seconds from one look at the course to the next
WAIT = 0.15  # seconds for which a better reading of the same movement is waited for
MICRO_WINDOW, MACRO_WINDOW = 1.9, 7.5  # seconds that are looked at
COARSE = 0.1  # seconds between the frames that macro-expressions are looked for in
REMEMBERED = 600  # looks, by which the film's own noise is known
PRIOR = 30  # looks that what is usual in other films counts for
SAME = 0.1  # of the shorter of two intervals: with more in common only the surer one is told
CLIP_FRAMES = 6  # after the onset, that an interval is named by


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


class _Reading(NamedTuple):
    confidence: float
    interval: Interval


NOWHERE = np.full(len(REGIONS), np.nan)


class FaceWatch:
    """
    Follows the course of one face and tells the expressions in it, with bounded memory.

    Args:
        recognizer ([`Recognizer`]): its model measures the movements and names them.
        score ([`Score`]): judges candidates.
        strictness (`float`): between 0 and 1.
        number (`int`): of the face.
        listener (`Callable`, *optional*):
            Gets kind, features and extent (indices) of every candidate; nothing is scored then.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        score: Score,
        strictness: float = 0.5,
        number: int = 0,
        listener: Callable | None = None,
    ):
        self.number, self.score, self.listener = number, score, listener
        self.required = {kind: forest.required(strictness) for kind, forest in score.kinds.items()}
        self.track = FaceTrack(recognizer.size)
        self.meter = MovementMeter(recognizer)
        self.labels = recognizer.model.config.id2label
        self.none = next((number for number, name in self.labels.items() if name == "none"), None)
        self.noise = {kind: deque(maxlen=REMEMBERED) for kind in ("micro", "macro")}
        self._begin(None)

    def _begin(self, stretch: int | None) -> None:
        """Forgets the stretch before."""
        self.stretch, self.weights = stretch, None
        self.moments: deque[Moment] = deque()
        self.coarse: deque[Moment] = deque()
        self.readings: list[_Reading] = []
        self.told: list[Interval] = []
        self.looked = self.horizon = -np.inf
        self.meter.clear()

    def push(self, place, index, time, image, landmarks, spacing: float) -> tuple[list[Point], list[Interval]]:
        """
        Takes the next frame.

        Args:
            place, index, time, image, landmarks: as for [`FaceTrack.push`].
            spacing (`float`): seconds between frames, as a rule.

        Returns:
            `tuple[list[Point], list[Interval]]`: what became known of the curve, and intervals that are over.
        """
        points, intervals = self.take(self.track.push(place, index, time, image, landmarks), spacing)
        if landmarks is None:
            intervals += self._end()
            points.append(Point(index, time, np.nan, NOWHERE, False))
        return points, intervals

    def interrupt(self, spacing: float) -> tuple[list[Point], list[Interval]]:
        """Ends the stretch, as at a hole in the film or at its end."""
        points, intervals = self.take(self.track.interrupt(), spacing)
        return points, intervals + self._end()

    def take(self, faces: Iterable[AlignedFace], spacing: float) -> tuple[list[Point], list[Interval]]:
        """Takes faces that are aligned already; otherwise as [`push`]."""
        points, intervals = [], []
        for face in faces:
            if face.stretch != self.stretch:
                intervals += self._end()
                self._begin(face.stretch)
                self.weights = weights_of(face, self.meter.grid)
            pairs = self.meter.push(face, spacing)
            moment = join(self.moments, face, pairs)
            self.moments.append(moment)
            while self.moments[0].time < face.time - MICRO_WINDOW:
                self.moments.popleft()
            if not self.coarse or face.time - self.coarse[-1].time >= COARSE - spacing / 4:
                self.coarse.append(moment)
                while self.coarse[0].time < face.time - MACRO_WINDOW:
                    self.coarse.popleft()
            points.append(self._point(face, pairs))
            # of slow films every frame, or the delay would grow
            if face.time - self.looked >= EVERY - 0.6 * spacing:
                intervals += self._look(face.time, face.time - AFTER)
        return points, intervals

    def _end(self) -> list[Interval]:
        intervals = self._look(np.inf, np.inf) if self.moments else []
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

    def _look(self, now: float, horizon: float) -> list[Interval]:
        """Judges candidates that ended since the last look, `AFTER` ago, and tells intervals that are settled."""
        first, self.looked, self.horizon = self.horizon, now, horizon
        for kind, moments, scales in (("micro", self.moments, MICRO_SCALES), ("macro", self.coarse, MACRO_SCALES)):
            if len(moments) < 5:
                continue
            course = Course(list(moments), self.weights)
            usual = self._usual(kind, course, scales[1])
            ended = [
                candidate
                for candidate in find_candidates(course, usual, scales)
                if first < course.times[candidate.offset] <= horizon
                and kind_of(course.times[candidate.onset], course.times[candidate.offset]) == kind
            ]
            if ended:
                self._judge(kind, course, ended, usual)
        return self._settle(horizon - WAIT)

    def _usual(self, kind: str, course: Course, scale: float) -> float:
        """How far frames stick out as a rule, by the film so far."""
        height = strengths(course, scale)
        recent = height[height > 0][-5:]
        if len(recent):
            self.noise[kind].append(float(np.median(recent)))
        return float(np.median([*self.noise[kind], *[USUAL[kind]] * PRIOR]))

    def _judge(self, kind: str, course: Course, candidates: list[Candidate], usual: float) -> None:
        places = [[course.moments[position].place for position in candidate[:3]] for candidate in candidates]
        # the movement as seen from the rest before it, and from the rest after it
        ways = [(onset, apex) for onset, apex, _ in places] + [(offset, apex) for _, apex, offset in places]
        views = self.meter.views(ways)
        seen = zip(candidates, views[: len(candidates)], views[len(candidates) :], strict=True)
        features = np.array(
            [describe_candidate(course, candidate, both, usual, self.none) for candidate, *both in seen]
        )
        if self.listener is not None:
            extents = [[course.moments[position].index for position in candidate[:3]] for candidate in candidates]
            self.listener(kind, features, extents)
            return
        forest = self.score.kinds[kind]
        confidences = forest.confidence(features)
        likely = np.flatnonzero(confidences >= self.required[kind])
        if not len(likely):
            return
        extents = course.times[np.array([candidates[number][:3] for number in likely])]
        extents = correct_extents(extents, forest.corrections(features[likely]), kind)
        for number, extent in zip(likely, extents, strict=True):
            onset, offset = frames_within(course.times, extent, kind)
            interval = self._interval(kind, course, (onset, candidates[number].apex, offset), confidences[number])
            self.readings.append(_Reading(float(confidences[number]), interval))

    def _interval(self, kind: str, course: Course, extent: tuple[int, int, int], confidence: float) -> Interval:
        onset, apex, offset = (course.moments[position] for position in extent)
        moved = np.linalg.norm((apex.position - onset.position)[:2], axis=0)
        region = REGIONS[int(np.einsum("rij,ij->r", self.weights, moved).argmax())]
        probabilities = self._name(onset.place, offset.place)
        label = max(probabilities, key=probabilities.get) if probabilities else None
        extent = (onset.index, apex.index, offset.index, onset.time, apex.time, offset.time)
        box = tuple(float(value) for value in apex.box)
        return Interval(*extent, kind, float(confidence), region, self.number, label, probabilities, box)

    def _name(self, onset: int, offset: int) -> dict[str, float] | None:
        """What the model takes the movement for: the onset, then frames up to the offset."""
        held = [place for _, place, _ in self.meter.held]
        first = max((place for place in held if place <= onset), default=held[0])
        inside = [place for place in held if first < place < offset]
        if not inside:
            return None
        chosen = np.unique(np.round(np.linspace(0, len(inside) - 1, CLIP_FRAMES)).astype(int))
        (view,) = self.meter.views([(first, *(inside[number] for number in chosen))])
        return {self.labels[i]: float(value) for i, value in enumerate(view.probabilities)}

    def _settle(self, horizon: float) -> list[Interval]:
        """The best reading of each movement that ended before a time."""
        settled = []
        self.readings.sort(key=lambda reading: -reading.confidence)
        best: list[_Reading] = []
        for reading in self.readings:
            rivals = [other.interval for other in best] + self.told
            if not any(_same(reading.interval, rival) for rival in rivals):
                best.append(reading)
        for reading in best:
            if reading.interval.end <= horizon:
                settled.append(reading.interval)
        self.told = [interval for interval in self.told + settled if interval.end > horizon - MACRO_WINDOW]
        self.readings = [
            reading
            for reading in self.readings
            if reading.interval.end > horizon and not any(_same(reading.interval, told) for told in self.told)
        ]
        return sorted(settled, key=lambda interval: interval.onset)


def _same(one: Interval, other: Interval) -> bool:
    common = min(one.end, other.end) - max(one.start, other.start)
    return common > SAME * min(one.end - one.start, other.end - other.start)
