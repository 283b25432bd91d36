"""
From the words of the sheets to the classes of the protocols, in one table: [`LABELLINGS`].

Every function gives None for a clip that a protocol leaves out.
"""

from collections.abc import Callable
from typing import NamedTuple

from micron_bert.errors import InputError
from micron_bert.labels.emotions import EMOTION_LABELS

THREE_CLASSES = ("negative", "positive", "surprise")
FOUR_CLASSES = (*THREE_CLASSES, "others")
SEVEN_CLASSES = ("happy", "surprise", "sad", "disgust", "fear", "anger", "others")
FIVE_CLASSES = {
    "casme2": ("others", "disgust", "happiness", "repression", "surprise"),
    "samm": ("anger", "happiness", "other", "surprise", "contempt"),
}
OBJECTIVE_CLASSES = ("I", "II", "III", "IV", "V", "VI", "VII")
# the composite's list has no sadness or fear of CASME II, although its rule would make them negative
LEFT_OUT_OF_THREE = {"casme2": ("sadness", "fear")}
SYNONYMS = {"happy": "happiness", "sad": "sadness", "angry": "anger", "other": "others"}


def three_class(emotion: str | None, dataset: str | None = None) -> str | None:
    """
    The three classes of the MEGC 2019 composite: `"negative"`, `"positive"`, `"surprise"`.

    Args:
        emotion (`str`):
            The dataset's word.
        dataset (`str`, *optional*):
            Its name: CASME II's sadness and fear are not in the organisers' list.

    Returns:
        `str` or `None`: None for others, for words that are no emotion, and for several classes at once.
    """
    words = _words(emotion)
    if any(word in LEFT_OUT_OF_THREE.get(dataset or "", ()) for word in words):
        return None
    classes = {word if word in THREE_CLASSES else EMOTION_LABELS.get(word) for word in words}
    label = classes.pop() if len(classes) == 1 else None
    return label if label in THREE_CLASSES else None


def five_class(emotion: str | None, dataset: str) -> str | None:
    """
    The five classes of CASME II (sadness and fear left out) or of SAMM (disgust, fear and sadness left out).

    Raises:
        [`InputError`]: another dataset.
    """
    if dataset not in FIVE_CLASSES:
        raise InputError(f"`{dataset}` has no five-class protocol; `casme2` and `samm` have.")
    classes = FIVE_CLASSES[dataset]
    word = (emotion or "").lower()
    word = {"other": "others", "others": "other"}.get(word, word) if word not in classes else word
    return word if word in classes else None


def casme3_four(emotion: str | None) -> str | None:
    """The three classes of CAS(ME)^3 and `"others"`."""
    return "others" if _words(emotion) == ["others"] else three_class(emotion, "casme3")


def casme3_seven(emotion: str | None) -> str | None:
    """The seven words of CAS(ME)^3, in one spelling."""
    word = (emotion or "").lower()
    return word if word in SEVEN_CLASSES else None


def objective_class(number: int | None, last: int = 5) -> str | None:
    """Roman numeral of an objective class; those after `last` are left out (MEGC 2018 keeps I to V)."""
    return OBJECTIVE_CLASSES[number - 1] if number is not None and 1 <= number <= min(last, 7) else None


def _words(emotion: str | None) -> list[str]:
    """Emotions in a cell, in one spelling: 4DME writes several as `surprise+positive`."""
    words = [word.strip() for word in (emotion or "").lower().split("+") if word.strip()]
    return [one_spelling(word) for word in words]


def one_spelling(word: str) -> str:
    """A word for an emotion in the one spelling: `happiness` for `Happy`."""
    plain = word.strip().lower()
    return SYNONYMS.get(plain, plain)


class Labelling(NamedTuple):
    """
    One way to make classes of an annotation.

    Attributes:
        meaning (`str`): for `--help`.
        classes (`tuple[str, ...]` or `None`): in the protocol's order; None where they depend on the dataset.
        label (`Callable`): `(emotion, dataset, objective_class) -> str | None`.
    """

    meaning: str
    classes: tuple[str, ...] | None
    label: Callable[[str | None, str, int | None], str | None]


LABELLINGS = {
    "three": Labelling(
        "negative, positive, surprise", THREE_CLASSES, lambda emotion, dataset, _: three_class(emotion, dataset)
    ),
    "five": Labelling(
        "the five classes of CASME II or SAMM", None, lambda emotion, dataset, _: five_class(emotion, dataset)
    ),
    "casme3-three": Labelling(
        "three classes of CAS(ME)^3", THREE_CLASSES, lambda emotion, *_: three_class(emotion, "casme3")
    ),
    "casme3-four": Labelling("four classes of CAS(ME)^3", FOUR_CLASSES, lambda emotion, *_: casme3_four(emotion)),
    "casme3-seven": Labelling("seven classes of CAS(ME)^3", SEVEN_CLASSES, lambda emotion, *_: casme3_seven(emotion)),
    "objective": Labelling(
        "objective classes I to V", OBJECTIVE_CLASSES[:5], lambda _emotion, _dataset, number: objective_class(number)
    ),
}
