"""Training examples of the course head: a course and the expressions in it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from micron_bert.labels.emotions import label_of
from micron_bert.model.course_steps_micron_bert import KINDS, STEP
from micron_bert.output_folder import whole_file
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.course import position_of
from micron_bert.spotting.head import head_input
from micron_bert.spotting.movement import MovementMeter
from micron_bert.spotting.steps import Steps
from micron_bert.stored_arrays import read_arrays
from micron_bert.synthesis.films.expressions import Expression
from micron_bert.synthesis.motion.time_course import HeldCourse

EDGE = 0.2  # share of the rise and of the fall, at their outer ends, that has no weight: either answer is right
AT_APEX = {"micro": 0.05, "macro": 0.15}  # seconds: standard deviation of the target around an apex
INPUTS = ("position", "maps", "pair_logits")
CREDITS = ("person", "source")
EVENT = ("onset", "apex", "offset", "label", "amplitude", "macro")  # the columns of `Example.events`


@dataclass
class Example:
    """
    A course.

    Attributes:
        position (`np.ndarray` of shape `(T, 4, grid, grid)`), maps (`np.ndarray` of shape `(T, 2, grid, grid)`),
        pair_logits (`np.ndarray` of shape `(T, 3, classes)`):
            As the head takes them, a step every `STEP` seconds.
        events (`np.ndarray` of shape `(M, 6)`):
            Onset, apex, offset in seconds from the first step, number of the class, amplitude in % of the inter-ocular
            distance, and 1 for a macro-expression.
        person (`str`): who is in the film, or whose movement was carried over.
        source (`str`): kind of film; training draws each kind by its share.
    """

    position: np.ndarray
    maps: np.ndarray
    pair_logits: np.ndarray
    events: np.ndarray
    person: str = ""
    source: str = ""

    def __len__(self) -> int:
        return len(self.position)

    @property
    def minutes(self) -> float:
        return len(self) * STEP / 60

    def save(self, path: Path) -> None:
        """Writes the example to a file, completely or not at all."""
        with whole_file(path) as draft, draft.open("wb") as file:
            np.savez(file, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "Example":
        """Reads an example that `save` wrote; raises [`InputError`] for a file that is none."""
        stored = read_arrays(path, (*INPUTS, "events", *CREDITS))
        return cls(
            *(stored[name].astype(np.float32) for name in INPUTS),
            stored["events"],
            *(str(stored[name]) for name in CREDITS),
        )


@dataclass(frozen=True)
class Targets:
    """
    The course head's targets, one for each step.

    Attributes:
        kind (`np.ndarray` of shape `(T,)`): index into `KINDS`.
        weight (`np.ndarray` of shape `(T,)`): of the step in the loss; 0 where an expression begins or ends.
        label (`np.ndarray` of shape `(T,)`): index of the class; -1 outside an expression.
        apex (`np.ndarray` of shape `(T,)`): 1 at an apex, less around it.
        ends (`np.ndarray` of shape `(T, 2)`): seconds since the onset and until the offset; 0 outside.
    """

    kind: np.ndarray
    weight: np.ndarray
    label: np.ndarray
    apex: np.ndarray
    ends: np.ndarray


def event_row(expression: Expression) -> tuple[float, ...]:
    """A row of [`Example.events`]; the apex of a held expression is the middle of the time it is held."""
    course = expression.course
    apex = (course.apex + course.release) / 2 if isinstance(course, HeldCourse) else course.apex
    macro = float(expression.kind == "macro")
    return (course.onset, apex, course.offset, label_of(expression.emotion), expression.amplitude, macro)


def targets_of(events: np.ndarray, count: int) -> Targets:
    """
    Targets of a course.

    Args:
        events (`np.ndarray` of shape `(M, 6)`): as in [`Example`].
        count (`int`): steps.
    """
    times = STEP * np.arange(count)
    kinds, labels = np.zeros(count, int), np.full(count, -1)
    weight, apexes, ends = np.ones(count, np.float32), np.zeros(count, np.float32), np.zeros((count, 2), np.float32)
    for onset, apex, offset, label, _, macro in events:
        kind = "macro" if macro else "micro"
        inside = (times > onset) & (times < offset)
        core = (times >= onset + EDGE * (apex - onset)) & (times <= offset - EDGE * (offset - apex))
        kinds[inside], labels[inside], weight[inside & ~core] = KINDS.index(kind), int(label), 0
        apexes = np.maximum(apexes, np.exp(-0.5 * ((times - apex) / AT_APEX[kind]) ** 2))
        ends[inside] = np.stack([times - onset, offset - times], axis=1)[inside]
    return Targets(kinds, weight, labels, apexes.astype(np.float32), ends)


def course_of(images: np.ndarray, times: np.ndarray, recognizer: Recognizer) -> tuple[np.ndarray, ...]:
    """
    The course of a face from its registered crops, as the spotter measures it.

    Args:
        images (`np.ndarray` of shape `(F, S, S, 3)`): RGB, uint8.
        times (`np.ndarray` of shape `(F,)`): seconds.
        recognizer ([`Recognizer`]): its model measures the movements.

    Returns:
        `tuple[np.ndarray, ...]`: position, maps and pair logits, as in [`Example`].
    """
    meter, steps, known, measured = MovementMeter(recognizer), Steps(), {}, []
    named = recognizer.runtime.labels, recognizer.runtime.expressions
    spacing = float(np.median(np.diff(times))) if len(times) > 1 else STEP
    for place, (image, time) in enumerate(zip(images, map(float, times), strict=True)):
        pairs = meter.push(place, time, image, spacing)
        known[place], _ = position_of(known, pairs)
        measured += steps.push(head_input(time, known[place], pairs, *named))
    measured += steps.finish()
    return tuple(np.stack(values) for values in list(zip(*measured, strict=True))[1:])
