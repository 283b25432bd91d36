"""The timeline of a film: macro- and micro-expressions, and everything that is no expression."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from micron_bert.errors import InputError
from micron_bert.synthesis.motion.time_course import BlinkCourse, Drift, TimeCourse, draw_time_course, ease
from micron_bert.synthesis.motion.units import UnitActivation, draw_action_units, draw_companions, draw_emotion

LONGEST_MICRO = 0.5  # seconds; longer expressions are macro-expressions
PAUSE = 0.7  # seconds of rest between two expressions at least
EMOTIONAL_LABELS = ("negative", "positive", "surprise")


@dataclass(frozen=True)
class EventRates:
    """
    How often things happen in a film, and how large they are.

    Attributes:
        micro (`float`), macro (`float`): micro- and macro-expressions a minute.
        micro_size (`tuple[float, float]`), macro_size (`tuple[float, float]`):
            Ranges of their largest displacement in % IOD, log-uniform.
        macro_length (`tuple[float, float]`): range of a macro-expression's length in seconds, log-uniform.
        speech (`float`): share of the time in which the person talks, in bouts of 2 to 6 s.
        speech_size (`tuple[float, float]`): range of a bout's typical opening of the jaw in % IOD, log-uniform.
        syllables (`tuple[float, float]`): range of syllables a second.
        blink (`float`), gaze (`float`), turn (`float`), light (`float`):
            Blinks, glances, turns of the head and changes of light a minute.
        turn_size (`float`), light_size (`float`): standard deviations: degrees to a side, share of the brightness.
        head (`tuple[float, float]`):
            Range of the root mean square shift of the head within .16 s, in inter-ocular distances, log-uniform.
        tremor (`float`): median size of smooth deformations of the face within .16 s, in % IOD.
    """

    micro: float = 8.0
    macro: float = 3.0
    micro_size: tuple[float, float] = (0.2, 2.0)
    macro_size: tuple[float, float] = (2.0, 10.0)
    macro_length: tuple[float, float] = (0.6, 4.0)
    speech: float = 0.2
    speech_size: tuple[float, float] = (1.5, 5.0)
    syllables: tuple[float, float] = (3.0, 6.0)
    blink: float = 16.0
    gaze: float = 20.0
    turn: float = 5.0
    turn_size: float = 5.0
    light: float = 4.0
    light_size: float = 0.04
    head: tuple[float, float] = (0.004, 0.012)
    tremor: float = 0.02


@dataclass(frozen=True)
class HeldCourse:
    """
    The course of an expression that stays for a while.

    Attributes:
        onset (`float`), apex (`float`), release (`float`), offset (`float`):
            Seconds at which it begins, is full, begins to fade, and has gone.
    """

    onset: float
    apex: float
    release: float
    offset: float

    def intensity(self, times: np.ndarray) -> np.ndarray:
        """Share of the full expression at `times` (seconds)."""
        up = (np.asarray(times) - self.onset) / (self.apex - self.onset)
        down = (self.offset - np.asarray(times)) / (self.offset - self.release)
        return ease(np.clip(np.minimum(up, down), 0, 1))


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


@dataclass(frozen=True)
class Steps:
    """
    A value that stays for a while and then changes smoothly: gaze, the pose of the head, light.

    Attributes:
        starts (`np.ndarray` of shape `(K,)`), lengths (`np.ndarray` of shape `(K,)`): of the transitions, in seconds.
        values (`np.ndarray` of shape `(K + 1, D)`): before the first transition, between them, and after the last.
    """

    starts: np.ndarray
    lengths: np.ndarray
    values: np.ndarray

    @classmethod
    def draw(
        cls,
        rng: np.random.Generator,
        duration: float,
        rate: float,
        lengths: tuple[float, float],
        sizes: Sequence[float],
    ) -> "Steps":
        """
        Args:
            rng (`np.random.Generator`): source of randomness.
            duration (`float`): of the film in seconds.
            rate (`float`): transitions a minute.
            lengths (`tuple[float, float]`): range of the transitions' lengths in seconds, log-uniform.
            sizes (`Sequence[float]` of length D): standard deviations of the values.
        """
        count = rng.poisson(rate * duration / 60)
        starts = np.sort(rng.uniform(0, duration, count))
        taken = np.minimum(np.exp(rng.uniform(*np.log(lengths), count)), np.diff(starts, append=np.inf))
        values = np.clip(rng.standard_normal((count + 1, len(sizes))), -2, 2) * sizes
        return cls(starts, taken, values)

    def at(self, time: float) -> np.ndarray:
        """Values `(D,)` at a time in seconds."""
        k = int(np.searchsorted(self.starts, time, side="right"))
        if k == 0:
            return self.values[0]
        share = ease(np.clip((time - self.starts[k - 1]) / max(self.lengths[k - 1], 1e-6), 0, 1))
        return self.values[k - 1] + share * (self.values[k] - self.values[k - 1])

    def intervals(self) -> list[tuple[float, float]]:
        """Start and end of every transition in seconds."""
        return [(float(start), float(start + length)) for start, length in zip(self.starts, self.lengths, strict=True)]


@dataclass(frozen=True)
class Speech:
    """
    Bouts of talking: the jaw opens and closes with every syllable, the lips move between them.

    Attributes:
        bouts (`list[tuple[float, float]]`): start and end in seconds.
        centres, widths, sizes (`np.ndarray` of shape `(K,)`):
            Of the syllables: seconds of the widest opening, seconds from there to closed, and the opening in % IOD.
        lips (`tuple[Drift, Drift]`): rounding of the lips, and lowering of the lower one, around the opening's size.
    """

    bouts: list[tuple[float, float]]
    centres: np.ndarray
    widths: np.ndarray
    sizes: np.ndarray
    lips: tuple[Drift, Drift]

    @classmethod
    def draw(cls, rng: np.random.Generator, duration: float, rates: EventRates) -> "Speech":
        """Draw bouts that fill the share of the time that `rates` states, and their syllables."""
        lengths = []
        while rates.speech and sum(lengths) + 4 <= rates.speech * duration + 2:
            lengths.append(rng.uniform(2, 6))
        starts = lay_out(rng, lengths, duration, PAUSE)
        bouts = [(start, start + length) for start, length in zip(starts, lengths, strict=True)]
        rows = []
        for start, end in bouts:
            rate, size = rng.uniform(*rates.syllables), np.exp(rng.uniform(*np.log(rates.speech_size)))
            time = start + 0.1
            while True:
                length = np.exp(0.2 * rng.standard_normal()) / rate
                if time + 1.1 * length > end:
                    break
                if rng.random() > 0.08:  # a short halt now and then
                    rows.append((time + length / 2, 0.6 * length, size * np.exp(0.4 * rng.standard_normal())))
                time += length
        centres, widths, sizes = np.array(rows).reshape(-1, 3).T
        lips = tuple(Drift.draw(rng, 0.5, (1.0, 4.0)) for _ in range(2))
        return cls(bouts, centres, widths, sizes, lips)

    def at(self, time: float) -> np.ndarray:
        """Opening of the jaw, rounding of the lips, lowering of the lower lip `(3,)` in % IOD at a time in seconds."""
        near = np.flatnonzero(np.abs(self.centres - time) < self.widths)
        opening = sum(self.sizes[k] * ease(1 - abs(self.centres[k] - time) / self.widths[k]) for k in near)
        talking = max((np.clip(min(time - start, end - time) / 0.25, 0, 1) for start, end in self.bouts), default=0.0)
        size = float(np.mean(self.sizes)) if len(self.sizes) else 0.0
        rounding, lowering = (0.6 * size * ease(talking) * drift.at(time) for drift in self.lips)
        return np.array([opening, rounding, lowering])


@dataclass(frozen=True)
class Timeline:
    """
    All that happens in a film, in seconds.

    Attributes:
        duration (`float`): of the film.
        expressions (`list[Expression]`): in their order; they do not overlap.
        blinks (`list[BlinkCourse]`): closings of the eyes.
        speech ([`Speech`]): talking.
        gaze ([`Steps`]): where the eyes look, right and down in inter-ocular distances at the iris.
        turns ([`Steps`]): yaw and pitch of the head in degrees.
        light ([`Steps`]): brightness as a whole and of a pattern on the face, next to 1.
        drifts (`list[Drift]`): shift of the head to the right and down in IOD, roll in radians, logarithmic scale.
        tremors (`list[Drift]`): of smooth deformations of the face.
    """

    duration: float
    expressions: list[Expression]
    blinks: list[BlinkCourse]
    speech: Speech
    gaze: Steps
    turns: Steps
    light: Steps
    drifts: list[Drift]
    tremors: list[Drift] = field(default_factory=list)

    @classmethod
    def draw(cls, rng: np.random.Generator, duration: float, rates: EventRates) -> "Timeline":
        """
        Draw a timeline.

        Raises:
            [`InputError`]: more expressions than the film has room for.
        """
        head = np.exp(rng.uniform(*np.log(rates.head)))
        return cls(
            duration,
            draw_expressions(rng, duration, rates),
            _draw_blinks(rng, duration, rates.blink),
            Speech.draw(rng, duration, rates),
            Steps.draw(rng, duration, rates.gaze, (0.03, 0.07), (0.02, 0.006)),
            Steps.draw(rng, duration, rates.turn, (0.4, 1.5), (rates.turn_size, 0.5 * rates.turn_size)),
            Steps.draw(rng, duration, rates.light, (0.05, 1.5), (rates.light_size, rates.light_size)),
            [Drift.draw(rng, head * share, (0.08, 1.5)) for share in (0.71, 0.71, 0.67, 0.4)],
            [Drift.draw(rng, rates.tremor, (0.3, 3.0)) for _ in range(2)],
        )

    def others(self) -> dict[str, list[tuple[float, float]]]:
        """What happens besides expressions: intervals in seconds by name."""
        return {
            "blink": [(float(blink.start), float(blink.end)) for blink in self.blinks],
            "speech": list(self.speech.bouts),
            "gaze": self.gaze.intervals(),
            "turn": self.turns.intervals(),
            "light": self.light.intervals(),
        }


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
    starts = lay_out(rng, [course.offset for course in courses], duration, PAUSE)
    expressions = []
    for kind, course, start in zip(kinds, courses, starts, strict=True):
        emotion = draw_emotion(EMOTIONAL_LABELS[rng.integers(len(EMOTIONAL_LABELS))], rng)
        units = draw_action_units(emotion, rng)
        companions = draw_companions(units, rng)
        sizes = rates.micro_size if kind == "micro" else rates.macro_size
        amplitude = float(np.exp(rng.uniform(*np.log(sizes))))
        seed = int(rng.integers(2**63))
        course = _moved(course, start)
        expressions.append(Expression(kind, emotion, tuple(units), tuple(companions), amplitude, course, seed))
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


def _moved(course: TimeCourse | HeldCourse, start: float) -> TimeCourse | HeldCourse:
    if isinstance(course, HeldCourse):
        return HeldCourse(start, start + course.apex, start + course.release, start + course.offset)
    return TimeCourse(start, start + course.apex, start + course.offset, course.rise, course.fall)


def _draw_blinks(rng: np.random.Generator, duration: float, rate: float) -> list[BlinkCourse]:
    blinks, time = [], 0.0
    while rate:
        time += 0.4 + rng.exponential(max(60 / rate - 0.7, 0.1))
        if time > duration:
            break
        blinks.append(BlinkCourse.draw(rng, time))
        time = blinks[-1].end
    return blinks


def lay_out(rng: np.random.Generator, lengths: Sequence[float], duration: float, pause: float) -> list[float]:
    """
    Random starts, in order, of intervals that do not overlap.

    Args:
        rng (`np.random.Generator`): source of randomness.
        lengths (`Sequence[float]`): of the pieces in seconds.
        duration (`float`): of the whole in seconds.
        pause (`float`): least time before, between and after pieces.

    Raises:
        [`InputError`]: there is no room.
    """
    room = duration - sum(lengths) - pause * (len(lengths) + 1)
    if lengths and room < 0:
        raise InputError(
            f"{len(lengths)} events of `{sum(lengths):.1f}` s in all do not fit into `{duration:g}` s; make the "
            "film longer or let less happen in it."
        )
    cuts = np.sort(rng.uniform(0, max(room, 0), len(lengths)))
    before = np.cumsum([0, *lengths])[:-1] + pause * np.arange(1, len(lengths) + 1)
    return [float(start) for start in cuts + before]
