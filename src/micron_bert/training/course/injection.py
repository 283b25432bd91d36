"""Injection of expressions into courses: displacements of two movements add up, so no film has to be rendered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.labels.emotions import LABELS
from micron_bert.model.course_steps_micron_bert import STEP
from micron_bert.synthesis.motion.displacement import patch_means
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import expression_field
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.time_course import HeldCourse, TimeCourse, draw_time_course
from micron_bert.synthesis.motion.units import draw_action_units, draw_companions, draw_emotion

MORE = 1.1  # expressions injected into a window, on average
MACRO = 0.25  # share of macro-expressions
AMPLITUDE = {False: (0.8, 4.0), True: (2.5, 10.0)}  # % IOD, of micro- (False) and macro-expressions (True)
RISE, HOLD, FALL = (0.25, 0.9), (0.1, 1.2), (0.3, 0.9)  # seconds of a macro-expression
PAUSE = 0.12  # seconds between two expressions
TRIES = 6
SEEN = (0.65, 1.05)  # share of a movement that the model measures
TAKEN = (0.05, 0.65)  # share of it that the model predicts as the expression's displacement
HABITS = Habits(spread=(0.4, 1.5))
PLACE = 1.0  # pixels: standard deviation of the shift of the face in the crop


@dataclass(frozen=True)
class FieldBank:
    """
    Displacement fields of expressions on faces.

    Attributes:
        fields (`np.ndarray` of shape `(N, 2, grid, grid)`):
            float32, mean displacement of each patch where the largest displacement is 1.
        labels (`np.ndarray` of shape `(N,)`): numbers of the classes.
    """

    fields: np.ndarray
    labels: np.ndarray

    @classmethod
    def draw(
        cls, faces: Sequence[np.ndarray], size: int, count: int, grid: int, rng: np.random.Generator
    ) -> "FieldBank":
        """Draws `count` expressions, each on a face from the list: landmarks `(468, 2)` in a crop of side `size`."""
        fields, labels = [], []
        for _ in range(count):
            landmarks = faces[int(rng.integers(len(faces)))] + PLACE * rng.standard_normal(2)
            label = int(rng.integers(LABELS.index("none")))
            units = draw_action_units(draw_emotion(LABELS[label], rng), rng)
            regions = FaceRegions(landmarks.astype(np.float32), (size, size), largest=0.01 * EYE_DISTANCE * size)
            habits = HABITS.draw(rng)
            moving = units + (draw_companions(units, rng) if habits.roughness else [])
            fields.append(patch_means(expression_field(moving, regions, rng, habits), grid))
            labels.append(label)
        return cls(np.stack(fields).astype(np.float32), np.array(labels))


def draw_course(rng: np.random.Generator, seconds: float, macro: bool) -> TimeCourse | HeldCourse:
    """The course of an expression that begins within `seconds`; a macro-expression may end later."""
    if not macro:
        return draw_time_course(rng, rng.uniform(0.1, max(0.2, seconds - 0.4)))
    start, rise, hold, fall = rng.uniform(0, max(0.1, seconds - 1)), *(rng.uniform(*r) for r in (RISE, HOLD, FALL))
    return HeldCourse(start, start + rise, start + rise + hold, start + rise + hold + fall)


def inject(
    position: np.ndarray, events: np.ndarray, bank: FieldBank, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """
    Injects expressions into a course where there is room.

    Args:
        position (`np.ndarray` of shape `(T, 4, grid, grid)`): of the course, a step every `STEP` seconds.
        events (`np.ndarray` of shape `(M, 6)`): the expressions in it, as in [`Example`].
        bank ([`FieldBank`]): the expressions to inject.
        rng (`np.random.Generator`): source of randomness.

    Returns:
        `tuple[np.ndarray, np.ndarray]`: position and events.
    """
    times, rows = STEP * np.arange(len(position)), [tuple(event) for event in events]
    for _ in range(rng.poisson(MORE)):
        macro = bool(rng.random() < MACRO)
        for _ in range(TRIES):
            course = draw_course(rng, times[-1], macro)
            room = all(course.offset + PAUSE < row[0] or course.onset > row[2] + PAUSE for row in rows)
            if room and course.offset < times[-1] + (0.5 if macro else 0.0):
                break
        else:
            continue
        number = int(rng.integers(len(bank.fields)))
        amplitude = float(np.exp(rng.uniform(*np.log(AMPLITUDE[macro]))))
        field = amplitude * bank.fields[number]
        response = np.concatenate([np.float32(rng.uniform(*share)) * field for share in (TAKEN, SEEN)])
        position = position + course.intensity(times).astype(np.float32)[:, None, None, None] * response
        apex = (course.apex + course.release) / 2 if macro else course.apex
        rows.append((course.onset, apex, course.offset, int(bank.labels[number]), amplitude, float(macro)))
    return position, np.array(rows, float).reshape(-1, 6)
