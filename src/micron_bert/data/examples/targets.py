"""Labels of a stored dataset: one class a row, or the action units of each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import datasets
import numpy as np

from micron_bert.errors import InputError
from micron_bert.labels.action_units import parse_action_units, unit_number
from micron_bert.model.unit_reading_micron_bert import SIDES


@dataclass(frozen=True)
class Targets:
    """
    Attributes:
        names (`list[str]`): the classes or action units.
        values (`np.ndarray` of shape `(rows,)` or `(rows, units)`): int64 class indices, or float32 0 and 1.
        multi_label (`bool`): whether a row can have several labels.
    """

    names: list[str]
    values: np.ndarray
    multi_label: bool


class Coded(NamedTuple):
    """A unit of a dataset; the intensity is a number where the synthesizer drew it, and a letter in a sheet."""

    number: int
    side: str
    intensity: float | str | None


def read_targets(dataset: datasets.Dataset, column: str, action_units: list[str], name: str) -> Targets:
    """
    The labels in one column.

    Args:
        dataset (`datasets.Dataset`):
            Where they are.
        column (`str`):
            A ClassLabel, names or numbers of classes; or lists of action units.
        action_units (`list[str]`):
            Which units to tell, when they are lists.
        name (`str`):
            What errors call the dataset.

    Raises:
        InputError: no such column, rows without a label, one class only, or none of the units.
    """
    if column not in dataset.features:
        found = ", ".join(f"`{found}`" for found in dataset.column_names)
        raise InputError(f"The dataset `{name}` has no column `{column}`; it has {found}. Set `labels_column`.")
    feature, values = dataset.features[column], dataset.with_format(None)[column][:]
    missing = sum(value is None for value in values)
    if missing:
        raise InputError(f"`{missing}` rows of the dataset `{name}` have no `{column}`; fill in or filter them.")
    if isinstance(feature, datasets.List | list):
        return _units(values, column, [unit_number(unit) for unit in action_units], name)
    if isinstance(feature, datasets.ClassLabel):
        names, indices = list(feature.names), values
    else:
        classes = sorted(set(values))
        names, indices = [str(one) for one in classes], [classes.index(value) for value in values]
    if len(set(indices)) < 2 or min(indices) < 0:
        raise InputError(f"`{column}` of the dataset `{name}` must name at least two classes, got `{set(values)}`.")
    return Targets(names, np.array(indices, np.int64), multi_label=False)


def unit_truth(activations, names: Sequence[str]) -> np.ndarray:
    """
    Action units as the model's head takes them.

    Args:
        activations (iterable of objects with `number`, `side` and `intensity`):
            What moved.
        names (`Sequence[str]`):
            Numbers of the units that the head tells.

    Returns:
        `np.ndarray` of shape `(units, 3)`: present (0 or 1), place in `SIDES`, intensity; NaN where it is not known.
    """
    truth = np.full((len(names), 3), np.nan, np.float32)
    truth[:, 0] = 0
    for unit in activations:
        if str(unit.number) in names:
            side = SIDES.index(unit.side) if unit.side in SIDES else np.nan
            intensity = unit.intensity if isinstance(unit.intensity, float) else np.nan
            truth[list(names).index(str(unit.number))] = 1, side, intensity
    return truth


def stored_units(dataset: datasets.Dataset, names: Sequence[str]) -> np.ndarray | None:
    """
    The column `action_units` of a dataset beside its classes, `(rows, units, 3)` as [`unit_truth`]; None without one.

    A unit is a code such as `L12B`, or a record with `number`, `side` and `intensity`. Rows without a list, as in
    datasets that nobody coded, are NaN.
    """
    if not names or "action_units" not in dataset.features:
        return None
    truth = np.full((len(dataset), len(names), 3), np.nan, np.float32)
    for row, codes in enumerate(dataset.with_format(None)["action_units"][:]):
        if codes is not None:
            truth[row] = unit_truth([unit for code in codes for unit in _coded(code)], names)
    return truth


def _coded(code) -> list[Coded]:
    if isinstance(code, dict):
        return [Coded(code["number"], code.get("side") or "both", code.get("intensity"))]
    return [Coded(*unit) for unit in parse_action_units(code)[0]]


def _units(values: list, column: str, names: list[str], name: str) -> Targets:
    shown = [{unit_number(code) for code in row} for row in values]
    wanted = np.array([[unit in row for unit in names] for row in shown], np.float32)
    if not wanted.any():
        raise InputError(
            f"`{column}` of the dataset `{name}` has none of the action units {', '.join(names)}; set `action_units`."
        )
    return Targets(names, wanted, multi_label=True)
