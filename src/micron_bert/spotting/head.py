"""The course head of a model: what it is given, and what its scores mean."""

import numpy as np

from micron_bert.errors import InputError
from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.course_micron_bert import MicronBertCourseHead
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification
from micron_bert.spotting.decision import Calibration
from micron_bert.spotting.movement import LAGS, Pairs
from micron_bert.spotting.steps import Step

FIT = "fit one with `python -m micron_bert.training.course --model FOLDER --faces FOLDER`, or use the shipped model"


def course_head(model: MicronBertForVideoClassification) -> MicronBertCourseHead:
    """
    Raises:
        [`InputError`]: the model has none.
    """
    if not model.config.course_hidden_size:
        raise InputError(f"The model has no course head, which tells expressions in a film; {FIT}.")
    return model.course


def calibrations_of(config: MicronBertConfig) -> dict[str, Calibration]:
    """
    What the head's scores mean, for `"micro"` and `"macro"`.

    Raises:
        [`InputError`]: nobody has found out.
    """
    if not config.course_calibration:
        raise InputError(f"The model's course head was not calibrated, so its scores mean nothing; {FIT}.")
    return {
        kind: Calibration(*map(float, numbers))
        for kind, numbers in zip(("micro", "macro"), config.course_calibration, strict=True)
    }


def names_of(config: MicronBertConfig) -> tuple[str, ...] | None:
    """The course head's classes and `none`, where the pair classifier tells the same ones apart; None otherwise."""
    names = (*config.course_labels, "none")
    return names if set(names) == set(config.id2label.values()) else None


def step_of(time: float, position: np.ndarray, pairs: Pairs, config: MicronBertConfig) -> Step:
    """
    A frame as the head is given it.

    Args:
        time (`float`): in seconds.
        position (`np.ndarray` of shape `(4, grid, grid)`): see [`position_of`].
        pairs ([`Pairs`]): of the frame.
        config ([`MicronBertConfig`]): of the model.
    """
    names = names_of(config)
    if names is None:
        logits = np.zeros((len(LAGS), len(config.course_labels) + 1), np.float32)
    else:
        logits = pairs.logits[:, [config.label2id[name] for name in names]]
    return Step(time, position, np.stack([pairs.micro_map, pairs.interest - 1]), logits)
