"""Labels by words: each label is one or several sets of action units, so that no training is needed for a new one."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from micron_bert.errors import InputError
from micron_bert.labels.unit_names import units_in

# assumed probability that a unit moves, in a label with it and in one without
WITH, WITHOUT = 0.8, 0.02
NO_UNIT = ("none", "neutral", "no unit")  # what is written for a label without any unit

# After the annotation sheets of CASME II, SAMM and CAS(ME)^3, the combinations of MiE-X (arXiv 2112.01730), and for
# the objective classes Davison et al. (2018), table 2, as far as the units are modelled.
EMOTIONS = {
    "anger": ("4 7", "4 7 23", "4 23", "7"),
    "contempt": ("14", "14 17"),
    "disgust": ("9", "10", "4 7 9", "4 7 10", "4 9", "9 17", "9 10 17"),
    "fear": ("20", "5 20 25", "20 25 26"),
    "repression": ("17", "15", "15 17"),
    "sadness": ("1", "1 4", "1 4 15"),
    "happiness": ("12", "6 12", "6 12 25"),
    "surprise": ("1 2", "2", "5", "1 2 5", "1 2 25 26"),
}
NEGATIVE = ("anger", "contempt", "disgust", "fear", "repression", "sadness")


def _all(*emotions: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(units for emotion in emotions for units in EMOTIONS[emotion]))


BY_NAME = {
    "three": {
        "negative": (*_all(*NEGATIVE), "4"),
        "positive": EMOTIONS["happiness"],
        "surprise": EMOTIONS["surprise"],
    },
    "five": {
        "disgust": (*EMOTIONS["disgust"], "4 7", "4"),
        "happiness": EMOTIONS["happiness"],
        "repression": EMOTIONS["repression"],
        "surprise": EMOTIONS["surprise"],
        "fear": EMOTIONS["fear"],
    },
    "seven": {
        "happy": EMOTIONS["happiness"],
        "surprise": EMOTIONS["surprise"],
        "sad": EMOTIONS["sadness"],
        "disgust": EMOTIONS["disgust"],
        "fear": EMOTIONS["fear"],
        "anger": EMOTIONS["anger"],
        "contempt": EMOTIONS["contempt"],
    },
    "eight": EMOTIONS,
    "objective": {
        "I": ("6", "12", "6 12", "6 7 12", "7 12"),
        "II": ("1 2", "5", "25", "1 2 25", "25 26", "5 24"),
        "III": ("23", "4", "4 7", "4 5", "4 5 7", "17 24", "4 6 7"),
        "IV": ("10", "9", "4 9", "4 7 9", "4 9 17", "4 7 10", "4 5 7 9", "7 10"),
        "V": ("1", "15", "1 4", "6 15", "15 17"),
    },
}


@dataclass(frozen=True)
class LabelSet:
    """
    Labels and the sets of action units that stand for each.

    Attributes:
        sets (`dict[str, tuple[frozenset[str], ...]]`): by label; any of its sets will do. An empty one is no movement.
    """

    sets: dict[str, tuple[frozenset[str], ...]]

    @property
    def units(self) -> list[str]:
        """All units that occur, by number."""
        return sorted({unit for sets in self.sets.values() for units in sets for unit in units}, key=int)

    def check(self, told: Sequence[str]) -> "LabelSet":
        """
        Returns the set, after a check that a model with these units can predict every label.

        Raises:
            [`InputError`]: a label rests on units that the model does not tell.
        """
        for label, sets in self.sets.items():
            lacking = [units - set(told) for units in sets]
            if all(lacking):
                missing = ", ".join(f"AU{unit}" for unit in sorted(min(lacking, key=len), key=int))
                raise InputError(
                    f"The label `{label}` rests on {missing}, which this model does not tell; it tells "
                    f"{', '.join(f'AU{unit}' for unit in told)}."
                )
        return self

    def probabilities(self, told: Mapping[str, float]) -> dict[str, float]:
        """
        Probability of each label given the probabilities of the units; they sum to 1, the highest first.

        A label's set is a guess about every unit: likely where it has it, unlikely where it has not. It fits by the
        expected likelihood of that guess; a label with several sets by the mean of theirs, so that no label wins by
        having more of them.

        Args:
            told (`Mapping[str, float]`): probability of each unit that the model tells.
        """
        names = list(told)
        share = np.clip(np.array([told[name] for name in names]), 1e-4, 1 - 1e-4)
        fits = {}
        for label, sets in self.sets.items():
            usable = [units for units in sets if units <= set(names)] or list(sets)
            each = [_fit(share, np.array([name in units for name in names])) for units in usable]
            fits[label] = np.logaddexp.reduce(each) - np.log(len(each))
        scores = np.array(list(fits.values()))
        values = np.exp(scores - scores.max())
        values /= values.sum()
        order = np.argsort(-values, kind="stable")
        labels = list(fits)
        return {labels[number]: float(values[number]) for number in order}


def _fit(share: np.ndarray, has: np.ndarray) -> float:
    guess = np.where(has, WITH, WITHOUT)
    return float(np.log(share * guess + (1 - share) * (1 - guess)).sum())


def label_set(entries: Mapping[str, object], name: str = "the labels") -> LabelSet:
    """
    A label set of what was written.

    Args:
        entries (`Mapping[str, object]`):
            By label one set of units, or a list of sets of which any will do: `"9 10 4"`, `14`,
            `"brow lowerer and lid tightener"`; `"none"` for no movement.
        name (`str`):
            What errors call it.

    Raises:
        [`InputError`]: no labels, one alone, an unknown unit, a label without units, or two with the same units.
    """
    if not isinstance(entries, Mapping) or len(entries) < 2:
        raise InputError(f"{name} must hold two labels or more, each with its action units, such as `contempt: 14`.")
    sets, owner = {}, {}
    for label, written in entries.items():
        alternatives = written if isinstance(written, list | tuple) else [written]
        if not alternatives or any(one is None or not str(one).strip() for one in alternatives):
            raise InputError(
                f"The label `{label}` of {name} has no action units; write some, or `none` for a face at rest."
            )
        parsed = []
        for one in alternatives:
            units = frozenset() if str(one).strip().lower() in NO_UNIT else _units(one, label, name)
            if owner.setdefault(units, label) != label:
                shown = " ".join(sorted(units, key=int)) or "none"
                raise InputError(
                    f"The labels `{owner[units]}` and `{label}` of {name} have the same units, `{shown}`; nothing can "
                    "tell them apart."
                )
            parsed.append(units)
        sets[str(label)] = tuple(dict.fromkeys(parsed))
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

    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        raise InputError(f"`{path}` cannot be read as YAML: {' '.join(str(error).split())}.") from error
    return label_set(entries, f"`{path}`")


def _units(written, label: str, name: str) -> frozenset[str]:
    try:
        return units_in(written)
    except InputError as error:
        raise InputError(f"The label `{label}` of {name}: {error}") from error
