"""Films of real people with a known expression put into the picture: what is found, when, and what it is named."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from micron_bert.errors import InputError
from micron_bert.evaluation.sensitivity.film import CROP, FollowedFilm
from micron_bert.evaluation.sensitivity.measurement import overlap
from micron_bert.labels.emotions import LABELS, label_of
from micron_bert.metrics.spotting import LEAST_OVERLAP
from micron_bert.spotting.followed_face import followed_film
from micron_bert.spotting.interval import Interval
from micron_bert.spotting.live import LiveSpotter
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.expressions import Expression, draw_expressions
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.real.injection import displacements, inject_into_picture
from micron_bert.synthesis.rendering.codec import through_film
from micron_bert.video.reader import open_video

EVENTS = EventRates(micro=20.0, macro=0.0, micro_size=(1.0, 3.0))  # one in a film of three seconds; % IOD
BEFORE, AFTER = 0.4, 0.5  # seconds around an expression that are looked at where it is given as a course
SECONDS = 8.0  # of a film, the most that is taken
NONE = "none"
MARGIN, STEP = 0.3, 0.04  # seconds from an end of the film to an expression at rest, and between the places looked at


@dataclass(frozen=True)
class Film:
    """
    A film as it was decoded, with its face followed.

    Attributes:
        name (`str`): of its file.
        pictures (`np.ndarray` of shape `(T, H, W, 3)`): RGB, uint8, in which the face was followed.
        followed ([`FollowedFilm`]): where the face is; times are seconds from the first picture.
    """

    name: str
    pictures: np.ndarray
    followed: FollowedFilm

    @classmethod
    def load(cls, path: Path) -> "Film":
        """The frames of a file in which a face was seen."""
        followed = followed_film(path, CROP)
        kept = followed["times"] < followed["times"][0] + SECONDS
        wanted = {int(index) for index in followed["index"][kept]}
        with open_video(path) as video:
            pictures = np.stack([frame.image for frame in video.frames() if frame.index in wanted])
            fps = video.fps
        times, transforms, landmarks = (followed[name][kept] for name in ("times", "transform", "landmarks"))
        face = FollowedFilm(str(path), 0.0, SECONDS, fps, None, times - times[0], transforms, landmarks)
        return cls(path.stem, pictures, face)

    @property
    def times(self) -> np.ndarray:
        """Of the pictures `(T,)`, in seconds."""
        return self.followed.times

    @property
    def fps(self) -> float:
        return self.followed.fps

    @property
    def minutes(self) -> float:
        return len(self.times) / self.fps / 60

    def smaller(self, pictures: np.ndarray, eyes: float) -> np.ndarray:
        """Its pictures `(T, H, W, 3)` as of a camera further away, with the eyes so many pixels apart."""
        share = eyes / self.followed.eyes
        if share >= 1:
            return pictures
        return np.stack([cv2.resize(one, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) for one in pictures])

    def with_expressions(self, expressions: Sequence[Expression], rate_factor: int | None) -> np.ndarray:
        """The pictures with expressions on the face, compressed afterwards unless there is no rate factor."""
        fields = displacements(self.followed.landmarks, self.times, expressions, CROP, Habits())
        moved = zip(self.pictures, self.followed.transforms, fields, strict=True)
        pictures = [inject_into_picture(*one) for one in moved]
        return np.stack(pictures if rate_factor is None else list(through_film(pictures, crf=rate_factor)))

    def moved(self, rng: np.random.Generator, rate_factor: int | None) -> np.ndarray:
        """The pictures moved by half a pixel at most, as by another camera, and compressed anew."""
        shift = np.float32([[1, 0, rng.uniform(-0.5, 0.5)], [0, 1, rng.uniform(-0.5, 0.5)]])
        size = self.pictures.shape[2], self.pictures.shape[1]
        pictures = [cv2.warpAffine(one, shift, size, borderMode=cv2.BORDER_REPLICATE) for one in self.pictures]
        return np.stack(pictures if rate_factor is None else list(through_film(pictures, crf=rate_factor)))

    def at_rest(self, expression: Expression, rng: np.random.Generator) -> Expression | None:
        """The same expression at a moment drawn from those in which the lips rest; `None` where there is none."""
        length = expression.course.offset - expression.course.onset
        starts = np.arange(MARGIN, self.times[-1] - length - MARGIN, STEP)
        later = (expression.later(start - expression.course.onset) for start in starts)
        quiet = [late for late in later if not self.followed.talks(late)]
        return quiet[int(rng.integers(len(quiet)))] if quiet else None


@dataclass(frozen=True)
class Event:
    """
    What became of an expression that was put into a film.

    Attributes:
        film (`str`), amplitude (`float`), talks (`bool`), label (`str`): which, how large in % IOD, when, what.
        found (`bool`): whether it was told when the whole film was watched.
        named (`str` or `None`): what it was then called.
        late (`float` or `None`): frames from its apex to the one that was told.
        course (`str`): what it was called where its stretch was given; `none` where nothing was told.
        pair (`str`): what its onset and apex frames were called.
    """

    film: str
    amplitude: float
    talks: bool
    label: str
    found: bool
    named: str | None
    late: float | None
    course: str
    pair: str


def watch(spotter, pictures: np.ndarray, times: np.ndarray, fps: float) -> list[Interval]:
    """What a [`Spotter`] tells of pictures `(T, H, W, 3)`."""
    live: LiveSpotter = spotter.live(fps)
    told = []
    for place, (picture, time) in enumerate(zip(pictures, times, strict=True)):
        told += live.push(picture, float(time), place).interval_closed
    return told + live.drain().interval_closed


def pieces(film: Film, length: float, every: float) -> list[np.ndarray]:
    """Numbers of the frames of parts of a film, so many seconds long, each so long after the one before."""
    last = max(film.times[-1] - length, 0.0)
    starts = np.arange(0.0, last + 1e-6, every)
    return [np.flatnonzero((film.times >= start) & (film.times < start + length)) for start in starts]


def judge(
    spotter, film: Film, seed: int, rate_factor: int | None, eyes: float | None = None
) -> tuple[list[Event], list[Interval]]:
    """
    Events drawn from a seed and put into a film, and what was told although nothing was there.

    Args:
        rate_factor (`int`, *optional*): of H.264, with which the film is compressed afterwards.
        eyes (`float`, *optional*): pixels between the eyes in the film that is watched; as they are if left out.
    """
    rng = np.random.default_rng([seed, zlib.crc32(film.name.encode())])
    duration = float(film.times[-1] - film.times[0])
    expressions = draw_expressions(rng, duration, EVENTS)
    if seed % 2 and expressions:
        # most of what is drawn falls into speech; every other film shows one at rest, where it has such a moment
        resting = film.at_rest(expressions[0], rng)
        expressions = expressions if resting is None else [resting]
    pictures = film.with_expressions(expressions, rate_factor)
    pictures = pictures if eyes is None else film.smaller(pictures, eyes)
    told = watch(spotter, pictures, film.times, film.fps)
    left, events = list(told), []
    for one in expressions:
        hit = max(left, key=lambda interval: overlap(interval, one), default=None)
        found = hit is not None and overlap(hit, one) >= LEAST_OVERLAP
        if found:
            left.remove(hit)
        course = one.course
        inside = (film.times >= course.onset - BEFORE) & (film.times <= course.offset + AFTER)
        given = watch(spotter, pictures[inside], film.times[inside], film.fps)
        named = max(given, key=lambda interval: interval.confidence).label if given else NONE
        onset, apex = (int(np.abs(film.times - time).argmin()) for time in (course.onset, course.apex))
        pair = pair_label(spotter, pictures[onset], pictures[apex])
        late = abs(hit.peak - course.apex) * film.fps if found else None
        answers = (found, hit.label if found else None, late, named, pair)
        events.append(Event(film.name, one.amplitude, film.followed.talks(one), label_name(one), *answers))
    away = [interval for interval in left if not any(overlap(interval, one) > 0 for one in expressions)]
    return events, away


def pair_label(spotter, onset: np.ndarray, apex: np.ndarray) -> str:
    """What two frames are called; `none` where they are refused, as across a cut."""
    try:
        return spotter.recognizer.recognize_pair(onset, apex).label
    except InputError:
        return NONE


def label_name(expression: Expression) -> str:
    """The class of an expression."""
    return LABELS[label_of(expression.emotion)]
