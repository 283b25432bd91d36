"""Labels of a stored dataset: one class a row, or the action units of each row."""

from dataclasses import dataclass

import datasets
import numpy as np

from micron_bert.errors import InputError
from micron_bert.labels.action_units import unit_number


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


def _units(values: list, column: str, names: list[str], name: str) -> Targets:
    shown = [{unit_number(code) for code in row} for row in values]
    wanted = np.array([[unit in row for unit in names] for row in shown], np.float32)
    if not wanted.any():
        raise InputError(
            f"`{column}` of the dataset `{name}` has none of the action units {', '.join(names)}; set `action_units`."
        )
    return Targets(names, wanted, multi_label=True)
