"""The course head of a model: its input, and the calibration of its scores."""

from collections.abc import Sequence

import numpy as np

from micron_bert.errors import InputError
from micron_bert.model.recognizer_micron_bert import CourseRuntime, Runtime
from micron_bert.spotting.decision import Calibration
from micron_bert.spotting.movement import LAGS, Pairs
from micron_bert.spotting.steps import Step

FIT = "fit one with `python -m micron_bert.training.course --model FOLDER --faces FOLDER`, or use the shipped model"


def course_head(runtime: Runtime) -> CourseRuntime:
    """
    Raises:
        [`InputError`]: the model has none.
    """
    if runtime.course is None:
        raise InputError(f"The model has no course head, which tells expressions in a film; {FIT}.")
    return runtime.course


def calibrations_of(runtime: Runtime) -> dict[str, Calibration]:
    """
    The calibration of the head's scores, for `"micro"` and `"macro"`.

    Raises:
        [`InputError`]: the model has no course head, or one without a calibration.
    """
    calibration = course_head(runtime).calibration
    if not calibration:
        raise InputError(f"The model's course head was not calibrated, so its scores mean nothing; {FIT}.")
    return {
        kind: Calibration(*map(float, numbers)) for kind, numbers in zip(("micro", "macro"), calibration, strict=True)
    }


def named_by_course(labels: dict[int, str], expressions: Sequence[str]) -> bool:
    """Whether the classes of the pair classifier are those of the course head and `none`."""
    return {*expressions, "none"} == set(labels.values())


def head_input(time: float, position: np.ndarray, pairs: Pairs, labels: dict[int, str], expressions) -> Step:
    """
    A frame as the head's input.

    Args:
        time (`float`): in seconds.
        position (`np.ndarray` of shape `(4, grid, grid)`): see [`position_of`].
        pairs ([`Pairs`]): of the frame.
        labels (`dict[int, str]`), expressions (`Sequence[str]`): classes of the pair classifier and of the head.
    """
    if named_by_course(labels, expressions):
        numbers = {name: number for number, name in labels.items()}
        logits = pairs.logits[:, [numbers[name] for name in (*expressions, "none")]]
    else:
        logits = np.zeros((len(LAGS), len(expressions) + 1), np.float32)
    return Step(time, position, np.stack([pairs.micro_map, pairs.interest - 1]), logits)
