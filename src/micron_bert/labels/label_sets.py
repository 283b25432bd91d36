"""Labels by words: each label is one or several sets of action units, so that no training is needed for a new one."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.labels.attributes import sets_of
from micron_bert.labels.unit_sets import BY_NAME

# assumed probability that a unit moves, in a label with it and in one without
WITH, WITHOUT = 0.8, 0.02
# assumed probability that a unit is told on the side that a label asks for, and on another one; next to a third
RIGHT_SIDE, WRONG_SIDE = 0.8 * 3, 0.1 * 3


@dataclass(frozen=True)
class LabelSet:
    """
    Labels and the sets of action units that stand for each.

    Attributes:
        sets (`dict[str, tuple[frozenset[str], ...]]`):
            By label; any of its sets will do: `{"4", "L12"}`, where `L` and `R` ask for one side. An empty one is no
            movement.
    """

    sets: dict[str, tuple[frozenset[str], ...]]

    @property
    def units(self) -> list[str]:
        """All units that occur, by number."""
        return sorted({number for sets in self.sets.values() for units in sets for number in numbers(units)}, key=int)

    def check(self, known: Sequence[str]) -> "LabelSet":
        """
        Returns the set, after a check that a model with these units can predict every label.

        Raises:
            [`InputError`]: a label rests on units that the model does not tell.
        """
        for label, sets in self.sets.items():
            lacking = [numbers(units) - set(known) for units in sets]
            if all(lacking):
                missing = ", ".join(f"AU{unit}" for unit in sorted(min(lacking, key=len), key=int))
                raise InputError(
                    f"The label `{label}` rests on {missing}, which this model does not tell; it tells "
                    f"{', '.join(f'AU{unit}' for unit in known)}."
                )
        return self

    def usable(self, known: Sequence[str]) -> "LabelSet":
        """The labels with a set of these units alone, and those of their sets."""
        kept = {name: tuple(one for one in sets if numbers(one) <= set(known)) for name, sets in self.sets.items()}
        return LabelSet({name: sets for name, sets in kept.items() if sets})

    def probabilities(self, known: Mapping[str, float], sides: Mapping[str, str] | None = None) -> dict[str, float]:
        """
        Probability of each label given the probabilities of the units; they sum to 1, the highest first.

        A label's set is a guess about every unit: likely where it has it, unlikely where it has not. It fits by the
        expected likelihood of that guess; a label with several sets by the mean of theirs, so that no label wins by
        having more of them.

        Args:
            known (`Mapping[str, float]`): probability of each unit that the model tells.
            sides (`Mapping[str, str]`, *optional*): `both`, `left` or `right` of each, for labels that ask for a side.
        """
        shares = {name: min(max(share, 1e-4), 1 - 1e-4) for name, share in known.items()}
        fits = {}
        for label, sets in self.sets.items():
            usable = [units for units in sets if numbers(units) <= set(shares)] or list(sets)
            each = [_fit(shares, numbers(units)) + _fit_sides(units, sides or {}) for units in usable]
            fits[label] = _log_of_sum(each) - math.log(len(each))
        total = _log_of_sum(list(fits.values()))
        values = {label: math.exp(fit - total) for label, fit in fits.items()}
        return dict(sorted(values.items(), key=lambda item: -item[1]))


def _fit(shares: Mapping[str, float], units: frozenset[str]) -> float:
    guesses = {name: WITH if name in units else WITHOUT for name in shares}
    return sum(math.log(share * guesses[name] + (1 - share) * (1 - guesses[name])) for name, share in shares.items())


def _log_of_sum(logarithms: Sequence[float]) -> float:
    largest = max(logarithms)
    return largest + math.log(sum(math.exp(one - largest) for one in logarithms))


def numbers(units: frozenset[str]) -> frozenset[str]:
    """The units without their sides: `12` of `L12`."""
    return frozenset(unit.lstrip("LR") for unit in units)


def _fit_sides(units: frozenset[str], sides: Mapping[str, str]) -> float:
    asked = [(unit.lstrip("LR"), {"L": "left", "R": "right"}[unit[0]]) for unit in units if unit[0] in "LR"]
    return sum(math.log(RIGHT_SIDE if sides.get(number) == side else WRONG_SIDE) for number, side in asked)


def label_set(entries: Mapping[str, object], name: str = "the labels") -> LabelSet:
    """
    A label set of what was written.

    Args:
        entries (`Mapping[str, object]`):
            By label one set of units, or a list of sets of which any will do, as [`sets_of`] reads them: `"9 10 4"`,
            `14`, `"brow lowerer and lid tightener"`, `{"valence": "negative"}`; `"none"` for no movement.
        name (`str`):
            What errors call it.

    Raises:
        [`InputError`]: no labels, one alone, an unknown unit, a label without units, or two with the same units.
    """
    if not isinstance(entries, Mapping) or len(entries) < 2:
        raise InputError(f"{name} must hold two labels or more, each with its action units, such as `contempt: 14`.")
    sets, owner = {}, {}
    for label, written in entries.items():
        try:
            parsed = sets_of(written)
        except InputError as error:
            raise InputError(f"The label `{label}` of {name}: {error}") from error
        for units in parsed:
            if owner.setdefault(units, label) != label:
                shown = " ".join(sorted(units, key=lambda unit: int(unit.lstrip("LR")))) or "none"
                raise InputError(
                    f"The labels `{owner[units]}` and `{label}` of {name} have the same units, `{shown}`; nothing can "
                    "tell them apart."
                )
        sets[str(label)] = parsed
    return LabelSet(sets)


def read_label_set(source: str | os.PathLike) -> LabelSet:
    """
    A label set by its name (`three`, `five`, `seven`, `eight`, `objective`) or from a YAML file.

    Raises:
        [`InputError`]: no such file or name, no YAML, or labels as for [`label_set`].
    """
    if str(source) in BY_NAME:
        return label_set(BY_NAME[str(source)], f"`{source}`")
    path = Path(source)
    if not path.is_file():
        raise InputError(f"There are no labels `{source}`; name a YAML file or one of {', '.join(BY_NAME)}.")
    import yaml

    class Once(yaml.SafeLoader):
        """YAML takes the last of two labels with the same name, without a word."""

        def construct_mapping(self, node, deep=False):
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            twice = next((key for key in keys if keys.count(key) > 1), None)
            if twice is not None:
                raise InputError(f"`{path}` has `{twice}` twice; give each label once, with a list of its sets.")
            return super().construct_mapping(node, deep)

    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Once)
    except InputError:  # a ValueError too, but it has said what is wrong
        raise
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        raise InputError(f"`{path}` cannot be read as YAML: {' '.join(str(error).split())}.") from error
    return label_set(entries, f"`{path}`")
