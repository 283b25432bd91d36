"""What is asked: the forms of the grand challenges' questions, and free wording matched to them."""

import re
from dataclasses import dataclass
from itertools import pairwise

from micron_bert.errors import InputError
from micron_bert.labels.unit_names import find_units
from micron_bert.questions.vocabulary import (
    ORDINALS,
    REFUSED,
    emotion_in,
    foreign_language,
    spelt,
    topics_of,
    words_of,
)

COARSE, FINE, UNITS, UNIT_SHOWN, UNIT_SIDE, UNITS_AND_CLASSES = (
    "coarse class", "fine class", "units", "unit shown", "unit side", "units and classes",
)  # fmt: skip
COUNT, EVENT_TYPE, DISTINCT_UNITS = "count", "event type", "distinct units"
DETECTED, WHEN, WHERE, CLASS_SHOWN = "detected", "when", "where", "class shown"
# what each form is asked by, as in the grand challenges of 2025 and 2026 where they ask it
TEMPLATES = {
    COARSE: "What is the coarse expression class?",
    FINE: "What is the fine-grained expression class?",
    UNITS: "What are the action units?",
    UNIT_SHOWN: "Is the action unit brow lowerer shown on the face?",
    UNIT_SIDE: "Is the action unit lip corner puller located on the left or right face?",
    UNITS_AND_CLASSES: "What are the action units present, and based on them, what is the fine-grained expression and "
    "the coarse expression class?",
    COUNT: "How many micro-expressions are there?",
    EVENT_TYPE: "What type is the second expression?",
    DISTINCT_UNITS: "Which distinct action units occur in the video?",
    DETECTED: "Is there a micro-expression?",
    WHEN: "When does the expression start and end?",
    WHERE: "Where did the face move?",
    CLASS_SHOWN: "Is the expression negative?",
}
MOVES = frozenset({"move", "moves", "moved", "moving"})
EXAMPLES = "for example `What are the action units?`, `What is the coarse expression class?` or `When does it start?`"


@dataclass(frozen=True)
class Question:
    """
    A question that was understood.

    Attributes:
        form (`str`): one of `TEMPLATES`.
        text (`str`): as it was asked.
        units (`tuple[str, ...]`): numbers of the units that it names.
        kind (`str`, *optional*): `"micro"` or `"macro"` where it asks for one of them.
        ordinal (`int`, *optional*): which event, from 1; -1 for the last.
        label (`str`, *optional*): the class that it asks about.
    """

    form: str
    text: str
    units: tuple[str, ...] = ()
    kind: str | None = None
    ordinal: int | None = None
    label: str | None = None


class NoAnswer(InputError):
    """The question is not one that what was measured can answer."""


def understand(text: str) -> Question:
    """
    The form of a question, whatever its wording.

    Raises:
        [`NoAnswer`]: it is empty, not in English, off the topic, or asks for what nobody measured.
    """
    if not text or not text.strip():
        raise NoAnswer(f"The question is empty; ask one, {EXAMPLES}.")
    for form, template in TEMPLATES.items():
        if form not in (UNIT_SHOWN, UNIT_SIDE) and _same(text, template):
            return _completed(form, text, words_of(text), ())
    language = foreign_language(text)
    if language is not None:
        raise NoAnswer(f"The question seems to be in {language}; ask in English, {EXAMPLES}.")
    found = list(find_units(text))
    units = tuple(dict.fromkeys(number for number, _ in found))
    rest = text.lower().replace("-", " ") if found else text
    for _, phrase in found:
        rest = rest.replace(phrase, " ")
    words = [(word, spelt(word)) for word in words_of(rest)]
    known = [meant for _, meant in words if meant is not None]
    refused = next((word for word in known if word in REFUSED), None)
    unknown = [word for word, meant in words if meant is None]
    if refused is not None:
        raise NoAnswer(f"What moves in a face does not tell about `{refused}`; ask what was measured, {EXAMPLES}.")
    form = _form(known, units)
    # one word may be new, such as a name; a sentence of new words is about something else
    if form is None or len(unknown) > 1 or (unknown and len(topics_of(known)) + bool(units) < 2):
        odd = f" (it does not know `{unknown[0]}`)" if unknown else ""
        raise NoAnswer(f"This is no question about expressions that can be answered{odd}; ask {EXAMPLES}.")
    return _completed(form, text, known, units)


def _same(text: str, template: str) -> bool:
    return re.sub(r"\W+", " ", text.lower()).strip() == re.sub(r"\W+", " ", template.lower()).strip()


def _form(words: list[str], units: tuple[str, ...]) -> str | None:
    topics, emotion = topics_of(words), emotion_in(words)
    asks_class = {"coarse", "fine", "class"} & topics or emotion
    event = {"expression", "micro", "macro"} & topics
    has_ordinal = any(word in ORDINALS and word != "last" for word in words) or "last" in words and "how" not in words
    if units:
        return UNIT_SIDE if "side" in topics else UNIT_SHOWN
    if "count" in topics and event and not {"unit"} & topics:
        return COUNT
    if "unit" in topics:
        if {"coarse", "fine"} & topics:
            return UNITS_AND_CLASSES
        return DISTINCT_UNITS if {"distinct", "different", "unique", "various"} & set(words) else UNITS
    if has_ordinal and event and ("class" in topics or {"micro", "macro"} <= topics):
        return EVENT_TYPE
    if "polarity" in topics and not ("positive" in words and "negative" in words):
        return CLASS_SHOWN
    if "coarse" in topics or "polarity" in topics:
        return COARSE
    if emotion is not None:
        return None if ("are", "you") in pairwise(words) else CLASS_SHOWN  # `are you happy` asks no film
    if "fine" in topics:
        return FINE
    if "when" in topics and (event or "shown" in topics or {"it", "onset", "apex", "offset", "peak"} & set(words)):
        return WHEN
    if "where" in topics:
        return WHERE if event or "shown" in topics or "face" in words else None
    if "class" in topics and event:
        return FINE
    if event and ({"micro", "macro"} & topics or "shown" in topics or "there" in words):
        return None if asks_class else DETECTED
    # `does anything move in the face`; without the face it may be a house that moves
    return DETECTED if {"face", "facial"} & set(words) and MOVES & set(words) and not asks_class else None


def _completed(form: str, text: str, words: list[str], units: tuple[str, ...]) -> Question:
    topics = topics_of(words)
    kinds = {"micro", "macro"} & topics
    kind = kinds.pop() if len(kinds) == 1 else None
    ordinal = next((ORDINALS[word] for word in words if word in ORDINALS), None)
    if form == WHEN and ordinal in (2, -1) and not {"expression", "micro", "macro"} & topics:
        ordinal = None  # `at which second`, `how long does it last`
    label = next((word for word in words if word in ("positive", "negative")), None) or emotion_in(words)
    return Question(form, text, units, kind, ordinal, label if form == CLASS_SHOWN else None)
