"""The micro- and macro-expressions of a film: which, how large and when."""

from dataclasses import dataclass, replace

import numpy as np

from micron_bert.labels.durations import LONGEST_MICRO
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.layout import lay_out
from micron_bert.synthesis.motion.time_course import HeldCourse, TimeCourse, draw_time_course
from micron_bert.synthesis.motion.units import UnitActivation, draw_action_units, draw_companions, draw_emotion

EMOTIONAL_LABELS = ("negative", "positive", "surprise")


@dataclass(frozen=True)
class Expression:
    """
    An expression of a film.

    Attributes:
        kind (`str`): `"micro"` or `"macro"`.
        emotion (`str`): one of `EMOTIONS`.
        units (`tuple[UnitActivation, ...]`): the coded action units.
        companions (`tuple[UnitActivation, ...]`): faint units beside the coded ones.
        amplitude (`float`): largest displacement in % IOD.
        course ([`TimeCourse`] or [`HeldCourse`]): when.
        seed (`int`): of the habits of its movement.
    """

    kind: str
    emotion: str
    units: tuple[UnitActivation, ...]
    companions: tuple[UnitActivation, ...]
    amplitude: float
    course: TimeCourse | HeldCourse
    seed: int

    def later(self, seconds: float) -> "Expression":
        """The same expression, so many seconds later."""
        return replace(self, course=self.course.later(seconds))


def draw_expressions(rng: np.random.Generator, duration: float, rates: EventRates) -> list[Expression]:
    """
    Micro- and macro-expressions in a random order, with rest between them.

    Args:
        rng (`np.random.Generator`): of everything here.
        duration (`float`): of the film, in seconds.
        rates ([`EventRates`]): how many a minute, how large and how long.
    """
    kinds = ["micro"] * round(rates.micro * duration / 60) + ["macro"] * round(rates.macro * duration / 60)
    rng.shuffle(kinds)
    courses = [_draw_course(rng, kind, rates) for kind in kinds]
    starts = lay_out(rng, [course.offset for course in courses], duration)
    expressions = []
    for kind, course, start in zip(kinds, courses, starts, strict=True):
        emotion = draw_emotion(EMOTIONAL_LABELS[rng.integers(len(EMOTIONAL_LABELS))], rng)
        units = draw_action_units(emotion, rng)
        companions = draw_companions(units, rng)
        sizes = rates.micro_size if kind == "micro" else rates.macro_size
        amplitude = float(np.exp(rng.uniform(*np.log(sizes))))
        seed = int(rng.integers(2**63))
        expressions.append(
            Expression(kind, emotion, tuple(units), tuple(companions), amplitude, course.later(start), seed)
        )
    return expressions


def _draw_course(rng: np.random.Generator, kind: str, rates: EventRates) -> TimeCourse | HeldCourse:
    if kind == "micro":
        course = draw_time_course(rng)
        while course.offset > LONGEST_MICRO:
            course = draw_time_course(rng)
        return course
    length = np.exp(rng.uniform(*np.log(rates.macro_length)))
    rise = min(rng.uniform(0.2, 0.8), 0.4 * length)
    fall = min(rng.uniform(0.3, 1.0), 0.5 * length)
    return HeldCourse(0.0, float(rise), float(length - fall), float(length))
