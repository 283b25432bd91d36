"""The measurement: expressions that are put into a film, and which of them are found."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from micron_bert.errors import InputError
from micron_bert.evaluation.sensitivity.film import FollowedFilm
from micron_bert.labels.emotions import LABELS, label_of
from micron_bert.metrics.spotting import LEAST_OVERLAP
from micron_bert.spotting.interval import Interval
from micron_bert.spotting.spotter import Spotter
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.expressions import Expression, draw_expressions
from micron_bert.video.reader import open_video

COUNT = 40
SIZES = (1.0, 3.0)  # % IOD, smallest and largest
SPACE = 3.0  # seconds of film for an expression: some before and after it are as they were
SHORTEST = 2.0  # seconds of a face
LONGEST = 60.0  # seconds of a film that are looked at where no end is given
MOST_ROUNDS = 200  # times that the film is watched
AWAY = 0.3  # seconds: as near as this to what is told of the film itself, nothing is put in


@dataclass(frozen=True)
class Event:
    """
    An expression that was put into the film.

    Attributes:
        onset, apex, offset (`float`): seconds of the film.
        size (`float`): its largest displacement, in % of the inter-ocular distance.
        label (`str`): its class.
        talks (`bool`): whether the lips move at that time anyway.
        found (`bool`): whether it was told, as an interval that overlaps it by half or more.
        named (`str` or `None`): what it was then called.
    """

    onset: float
    apex: float
    offset: float
    size: float
    label: str
    talks: bool
    found: bool
    named: str | None


@dataclass(frozen=True)
class Sensitivity:
    """
    How small a movement is found in a film.

    Attributes:
        film ([`FollowedFilm`]): what was looked at.
        told (`list[Interval]`): what is told of the film itself.
        events (`list[Event]`): what was put in, round by round.
        sizes (`tuple[float, float]`): the smallest and largest size that was drawn, in % IOD.
        rate_factor (`int` or `None`): of the compression afterwards.
        seed (`int`): of all that is random.
    """

    film: FollowedFilm
    told: list[Interval]
    events: list[Event]
    sizes: tuple[float, float]
    rate_factor: int | None
    seed: int


def measure_sensitivity(
    source: str | os.PathLike,
    spotter: Spotter,
    count: int = COUNT,
    sizes: tuple[float, float] = SIZES,
    start: float = 0.0,
    end: float | None = None,
    fps: float | None = None,
    neutral: tuple[float, float] | None = None,
    rate_factor: int | None = None,
    seed: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> Sensitivity:
    """
    Puts synthetic micro-expressions into a film of a real face, and counts which of them are found.

    They move the skin of the pictures and keep the film's noise, light, blinks and speech. They are synthetic, so a
    real one of the same size may be found more or less often.

    Args:
        source (`str` or `os.PathLike`):
            The film. Its largest face counts.
        spotter ([`Spotter`]):
            Looks for them.
        count (`int`, defaults to 40):
            How many, at least. The film is watched as often as it takes.
        sizes (`tuple[float, float]`, defaults to 1 and 3):
            Smallest and largest displacement in % of the inter-ocular distance; logarithms are drawn evenly.
        start, end (`float`, *optional*):
            Part of the film, in seconds; a minute of it if there is no end.
        fps, neutral:
            As for [`Spotter.spot`]; nothing is put into the neutral stretch.
        rate_factor (`int`, *optional*):
            Of H.264, with which the pictures are compressed afterwards, as a camera would have.
        seed (`int`, defaults to 0):
            Of all that is random.
        progress (`Callable`, *optional*):
            Called with the number of expressions so far.

    Returns:
        [`Sensitivity`]

    Raises:
        [`InputError`]: the film cannot be read, shows the face for less than two seconds, or has no room for an
            expression.
    """
    with open_video(source, fps) as video:
        duration = video.duration
    last = start + LONGEST if end is None else end
    film = FollowedFilm.of(source, start, last if duration is None else min(last, duration), fps)
    if film.seconds < SHORTEST:
        raise InputError(
            f"The film shows the face for {film.seconds:.1f} s; give {SHORTEST:.0f} s or more, best half a minute."
        )
    baseline = None if neutral is None else spotter.baseline(source, *neutral, fps)

    def watch(expressions: Sequence[Expression], factor: int | None) -> list[Interval]:
        live, told = spotter.live(film.fps, baseline=baseline), []
        for frame in film.frames(expressions, factor):
            told += live.push(frame.image, frame.time, frame.index).interval_closed
        return told + live.drain().interval_closed

    told, events = watch([], None), []
    taken = [(one.start - AWAY, one.end + AWAY) for one in told] + [neutral] * (neutral is not None)
    for number in range(MOST_ROUNDS):
        if len(events) >= count:
            break
        expressions = [one for one in drawn(film, sizes, seed, number) if film.shows(one) and is_free(one, taken)]
        if expressions:
            events += matched(film, expressions, watch(expressions, rate_factor))
        progress(len(events))
    if not events:
        raise InputError(
            "The film has no room for an expression; give one in which the face is seen without gaps and little is "
            "told of the film itself."
        )
    return Sensitivity(film, told, events, sizes, rate_factor, seed)


def drawn(film: FollowedFilm, sizes: tuple[float, float], seed: int, number: int) -> list[Expression]:
    """The expressions of a round, in seconds of the film."""
    count = max(1, int(film.seconds / SPACE))
    rates = EventRates(micro=60 * count / film.seconds, macro=0.0, micro_size=sizes)
    first = float(film.times[0])
    return [one.later(first) for one in draw_expressions(np.random.default_rng([seed, number]), film.seconds, rates)]


def is_free(expression: Expression, taken: Sequence[tuple[float, float]]) -> bool:
    """Whether none of these stretches, in seconds, overlaps it."""
    course = expression.course
    return not any(course.onset < end and start < course.offset for start, end in taken)


def matched(film: FollowedFilm, expressions: Sequence[Expression], told: Sequence[Interval]) -> list[Event]:
    """Which of the expressions were told; an interval stands for one of them at most."""
    left, events = list(told), []
    for one in expressions:
        hit = max(left, key=lambda interval: overlap(interval, one), default=None)
        found = hit is not None and bool(overlap(hit, one) >= LEAST_OVERLAP)
        if found:
            left.remove(hit)
        when = (one.course.onset, one.course.apex, one.course.offset)
        label = LABELS[label_of(one.emotion)]
        events.append(Event(*when, one.amplitude, label, film.talks(one), found, hit.label if found else None))
    return events


def overlap(interval: Interval, expression: Expression) -> float:
    """Intersection over union of what was told and what was put in, in seconds."""
    onset, offset = expression.course.onset, expression.course.offset
    shared = min(interval.end, offset) - max(interval.start, onset)
    return max(shared, 0.0) / (max(interval.end, offset) - min(interval.start, onset))
