"""From arguments and prepared clips to a task: which clips, which labels, which folds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from micron_bert.arguments.evaluation import PROTOCOLS, EvaluationArguments
from micron_bert.errors import InputError
from micron_bert.evaluation.clips import PreparedClip, PreparedClips
from micron_bert.evaluation.composite import read_composite_list, select_by_rule, select_listed
from micron_bert.evaluation.protocols import Fold, holdout, k_fold, leave_one_dataset_out, leave_one_subject_out
from micron_bert.labels.action_units import CD6ME_ACTION_UNITS, unit_number
from micron_bert.labels.classes import LABELLINGS, THREE_CLASSES, one_spelling
from micron_bert.labels.label_sets import LabelSet, numbers


@dataclass(frozen=True)
class Task:
    """
    The task of a protocol: clips, labels and folds.

    Attributes:
        clips ([`PreparedClips`]): those that take part.
        names (`list[str]`): the classes or action units.
        labels (`np.ndarray` of shape `(N,)` or `(N, units)`): int64 classes, or float32 0 and 1.
        folds (`list[Fold]`): positions in `clips`.
        multi_label (`bool`): whether a clip can have several labels.
        missing (`list[str]`): clips that the protocol asks for and that are not there.
        notes (`list[str]`): what was left out and what differs from the protocol.
    """

    clips: PreparedClips
    names: list[str]
    labels: np.ndarray
    folds: list[Fold]
    multi_label: bool
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sources(self) -> list[str]:
        """Names of the datasets that take part."""
        return sorted({clip.dataset for clip in self.clips.clips})


def make_task(clips: PreparedClips, arguments: EvaluationArguments, action_units: Sequence[str]) -> Task:
    """
    Applies the protocol.

    Args:
        clips ([`PreparedClips`]):
            All that were read.
        arguments ([`EvaluationArguments`]):
            Protocol and labels.
        action_units (`Sequence[str]`):
            Numbers of the units to tell, where they are told.

    Raises:
        InputError: labels or people that the protocol needs are not there.
    """
    protocol, kind, missing, notes = arguments.protocol, arguments.labels, [], []
    if protocol == "cd6me":
        kind, action_units = "action_units", CD6ME_ACTION_UNITS
    elif protocol.startswith("megc2018"):
        kind = "objective"
    if protocol == "megc2019":
        listed = arguments.composite_list
        chosen = select_listed(clips.clips, read_composite_list(listed)) if listed else select_by_rule(clips.clips)
        missing, notes = chosen.missing, list(chosen.notes)
        part, names = clips.subset(chosen.numbers, chosen.labels), list(THREE_CLASSES)
    elif kind == "action_units":
        part, names = _with_action_units(clips), [unit_number(unit) for unit in action_units]
    else:
        part, names = _with_classes(clips, arguments, kind)
    if len(part.clips) < len(clips.clips):
        counts = Counter(clip.dataset for clip in clips.clips) - Counter(clip.dataset for clip in part.clips)
        counted = ", ".join(f"{count} of {name}" for name, count in sorted(counts.items()))
        notes.append(f"{sum(counts.values())} clips without a label in this protocol are left out ({counted})")
    labels, multi_label = _labels(part.clips, names, kind), kind == "action_units"
    return Task(part, names, labels, _folds(part.clips, arguments), multi_label, missing, notes)


def _with_classes(clips: PreparedClips, arguments: EvaluationArguments, kind: str) -> tuple[PreparedClips, list[str]]:
    sets = arguments.label_sets
    # `three` and `objective` are the field's; the five of CASME II and SAMM differ, and have a class `others`
    if sets is not None and (kind not in LABELLINGS or kind == "five" and arguments.zero_shot):
        order, labels = list(sets.sets), [_by_words(clip, sets) for clip in clips.clips]
    elif kind in LABELLINGS:
        _, order, label = LABELLINGS[kind]
        labels = [label(clip.emotion, clip.dataset, clip.objective_class) for clip in clips.clips]
    else:
        order, labels = clips.class_names, [clip.label for clip in clips.clips]
    kept = [number for number, label in enumerate(labels) if label is not None]
    found = {labels[number] for number in kept}
    if len(found) < 2:
        given = ", ".join(f"`{name}`" for name in sorted(found)) or "none"
        raise InputError(
            f"The clips have {given} of the classes of `labels` `{kind}`; two at least are needed. "
            "Choose other `labels`, or add a column `label`."
        )
    # a class that no clip has would count as an F1 of 0
    names = [name for name in order if name in found] if order else sorted(found)
    return clips.subset(kept, [labels[number] for number in kept]), names


def _by_words(clip: PreparedClip, sets: LabelSet) -> str | None:
    """The label that the annotation gives by its word, else the one whose action units are the annotated ones."""
    words = {one_spelling(name): name for name in sets.sets}
    for word in (clip.emotion, clip.label):
        if word is not None and one_spelling(word) in words:
            return words[one_spelling(word)]
    shown = [name for name, several in sets.sets.items() if clip.action_units in map(numbers, several)]
    return shown[0] if shown else None


def _with_action_units(clips: PreparedClips) -> PreparedClips:
    kept = [number for number, clip in enumerate(clips.clips) if clip.action_units is not None]
    if not kept:
        raise InputError("The clips have no column `action_units`; prepare datasets with action units, not SMIC.")
    return clips.subset(kept)


def _labels(clips: Sequence[PreparedClip], names: list[str], kind: str) -> np.ndarray:
    if kind != "action_units":
        return np.array([names.index(clip.label) for clip in clips], np.int64)
    shown = np.array([[unit in clip.action_units for unit in names] for clip in clips], np.float32)
    if not shown.any():
        raise InputError(f"No clip shows any of the action units {', '.join(names)}; set `action_units`.")
    return shown


def _folds(clips: Sequence[PreparedClip], arguments: EvaluationArguments) -> list[Fold]:
    people, sources = [clip.person for clip in clips], [clip.dataset for clip in clips]
    if arguments.protocol not in PROTOCOLS:
        raise InputError(f"There is no protocol `{arguments.protocol}`.")
    if arguments.protocol == "megc2018-hde":
        return holdout(sources)
    if arguments.protocol in ("lodo", "cd6me"):
        return leave_one_dataset_out(sources)
    if arguments.protocol == "kfold":
        return k_fold(people, arguments.folds, seed=0)
    return leave_one_subject_out(people)
