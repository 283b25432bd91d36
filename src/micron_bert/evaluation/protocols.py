"""Who is trained on and who is tested on: the field's protocols as plain lists of positions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from micron_bert.errors import InputError
from micron_bert.video.picture import natural_key


@dataclass(frozen=True)
class Fold:
    """
    One training and what it is tested on.

    Attributes:
        name (`str`): what is left out.
        train, test (`list[int]`): positions in the list of clips.
    """

    name: str
    train: list[int]
    test: list[int]


def leave_one_subject_out(people: Sequence[tuple[str, str]]) -> list[Fold]:
    """
    LOSO: one fold for every person.

    Args:
        people (`Sequence[tuple[str, str]]`):
            Dataset and subject of each clip; both make the person, since the names of subjects repeat.

    Returns:
        `list[Fold]`: by dataset and subject.

    Raises:
        InputError: one person only.
    """
    _need_several(people, "subject")
    return [
        _fold("/".join(person), [other == person for other in people]) for person in sorted(set(people), key=_natural)
    ]


def leave_one_dataset_out(datasets: Sequence[str]) -> list[Fold]:
    """One fold for every dataset: trained on all others, as CD6ME has it; the name of a fold is the test dataset."""
    _need_several(datasets, "dataset")
    return [_fold(name, [other == name for other in datasets]) for name in sorted(set(datasets))]


def holdout(datasets: Sequence[str]) -> list[Fold]:
    """
    Holdout database evaluation (HDE, MEGC 2018): trained on one dataset, tested on another, for every ordered pair.

    Of two datasets these are two folds.
    """
    _need_several(datasets, "dataset")
    names = sorted(set(datasets))
    return [
        Fold(f"{train} to {test}", _positions(datasets, train), _positions(datasets, test))
        for train in names
        for test in names
        if train != test
    ]


def k_fold(people: Sequence[tuple[str, str]], folds: int, seed: int) -> list[Fold]:
    """
    Every person in the test part of one of `folds` folds of nearly equal numbers of people.

    Args:
        people (`Sequence[tuple[str, str]]`):
            Dataset and subject of each clip.
        folds (`int`):
            How many.
        seed (`int`):
            Another seed, other company.

    Raises:
        InputError: fewer people than folds, or fewer than two folds.
    """
    everybody = sorted(set(people), key=_natural)
    if not 2 <= folds <= len(everybody):
        raise InputError(f"`folds` must be between 2 and the number of subjects, `{len(everybody)}`; got `{folds}`.")
    order = np.random.default_rng(seed).permutation(len(everybody))
    parts = [{everybody[number] for number in part} for part in np.array_split(order, folds)]
    return [_fold(f"part {n + 1} of {folds}", [person in part for person in people]) for n, part in enumerate(parts)]


def _fold(name: str, left_out: list[bool]) -> Fold:
    return Fold(
        name,
        train=[number for number, out in enumerate(left_out) if not out],
        test=[number for number, out in enumerate(left_out) if out],
    )


def _positions(names: Sequence[str], name: str) -> list[int]:
    return [number for number, other in enumerate(names) if other == name]


def _need_several(names: Sequence, what: str) -> None:
    if len(set(names)) < 2:
        raise InputError(f"The clips show `{len(set(names))}` {what}; leaving one out takes two at least.")


def _natural(person: tuple[str, str]) -> tuple[str, tuple[str, str]]:
    """`s2` before `s10`."""
    dataset, subject = person
    return dataset, natural_key(subject)
