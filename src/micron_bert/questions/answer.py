"""Answers to questions, each with its evidence; nothing is said that was not measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from micron_bert.labels.action_units import UNIT_NAMES
from micron_bert.labels.emotions import EMOTION_LABELS
from micron_bert.labels.label_sets import label_set
from micron_bert.labels.unit_sets import EMOTIONS as EMOTION_SETS
from micron_bert.questions import question as forms
from micron_bert.questions.question import NoAnswer, Question
from micron_bert.recognition.detection import NONE, summary
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.units import describe_unit, shown

COARSE_CLASSES = ("negative", "positive", "surprise")
NO_EXPRESSION = "none"
EMOTIONS = label_set(EMOTION_SETS, "the eight emotions")


@dataclass(frozen=True)
class Answer:
    """
    Attributes:
        text (`str`): in the words of the grand challenge, such as `"brow lowerer, lid tightener"`, `"yes"`, `"left"`.
        form (`str`): what was asked, one of `TEMPLATES`.
        evidence (`dict[str, Any]`): what was measured that says so: probabilities, the interval, the detection.
    """

    text: str
    form: str
    evidence: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [self.text]
        for name, value in self.evidence.items():
            several = isinstance(value, list | tuple)
            lines.append(f"  {name}: {'; '.join(map(str, value)) if several else value}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Measured:
    """
    What is known of a film or of two frames.

    Attributes:
        recognition ([`Recognition`]): of the surest finding, or of the strongest movement.
        assumed (`bool`): whether an expression is taken to be there, as in clips that were cut to one.
    """

    recognition: Recognition
    assumed: bool = False

    @property
    def events(self) -> Sequence:
        """All findings in the order of their onsets."""
        return self.recognition.detection.findings

    @property
    def expresses(self) -> bool:
        """Whether there is an expression to speak of; of two frames it is taken to be one."""
        detection = self.recognition.detection
        pair = detection.score is None and not detection.findings and self.recognition.label not in (None, NONE)
        return self.assumed or detection.yes or pair

    @property
    def units(self) -> list:
        """The units that are told: those that are shown, or the likeliest one where an expression is taken to be."""
        readings = self.recognition.action_units
        if readings is None:
            raise NoAnswer("This model tells no action units; use one with a head for them.")
        if not self.expresses:
            return []
        told = [one for one in readings if one.shown]
        if self.assumed and not told:
            # of a film without a finding nothing was claimed, whatever reached its threshold
            told = [one for one in readings if one.probability >= 0.5] or list(readings[:1])
        return told

    @property
    def coarse(self) -> str:
        """One of `COARSE_CLASSES`, or `"none"`."""
        shares = self.recognition.probabilities
        if not self.expresses:
            return NO_EXPRESSION
        if self.recognition.label not in (None, NONE):
            return self.recognition.label
        named = {name: share for name, share in shares.items() if name != NONE}
        if not named:
            raise NoAnswer("What a macro-expression is named was never measured; ask about its action units.")
        return max(named, key=named.get)

    @property
    def fine(self) -> tuple[str, dict[str, float]]:
        """One of the eight emotions by the units, among those of the coarse class, and how well each fits."""
        coarse = self.coarse
        if coarse == NO_EXPRESSION:
            return NO_EXPRESSION, {}
        told = {one.number: one.probability for one in self.recognition.action_units or ()}
        if not told:
            raise NoAnswer("This model tells no action units, by which fine-grained classes are told apart.")
        shares = EMOTIONS.probabilities(told)
        inside = {name: share for name, share in shares.items() if EMOTION_LABELS[name] == coarse} or shares
        total = sum(inside.values())
        return next(iter(inside)), {name: share / total for name, share in inside.items()}


def answer(asked: Question, measured: Measured) -> Answer:
    """
    The answer to a question that was understood.

    Raises:
        [`NoAnswer`]: nothing that was measured tells.
    """
    text, evidence = ANSWERS[asked.form](asked, measured)
    return Answer(text, asked.form, evidence | _where(measured))


def _where(measured: Measured) -> dict[str, Any]:
    """Where and when it was seen, and how sure it is that there is an expression."""
    recognition = measured.recognition
    times = recognition.times or {}
    moments = [
        f"{name} frame {number}" + (f" ({times[name]:.2f} s)" if times.get(name) is not None else "")
        for name in ("onset", "apex", "offset")
        if (number := getattr(recognition, name)) is not None
    ]
    found = {"seen from": moments, "detection": summary(recognition.detection)}
    if measured.assumed:
        found["assumed"] = "that the clip shows an expression"
    return found


def _named(readings: Sequence) -> str:
    names = [
        UNIT_NAMES.get(one.number, f"AU{one.number}") for one in sorted(readings, key=lambda one: int(one.number))
    ]
    return ", ".join(names) if names else NO_EXPRESSION


def _shares(shares: dict[str, float]) -> list[str]:
    return [f"{name} {share:.2f}" for name, share in shares.items()]


def _coarse(asked: Question, measured: Measured):
    return measured.coarse, {"probabilities": _shares(measured.recognition.probabilities)}


def _fine(asked: Question, measured: Measured):
    emotion, shares = measured.fine
    return emotion, {"by the units": _shares(shares), "units": [describe_unit(one) for one in measured.units]}


def _units(asked: Question, measured: Measured):
    return _named(measured.units), {"units": [describe_unit(one) for one in measured.units]}


def _reading(number: str, measured: Measured):
    readings = measured.recognition.action_units
    if readings is None:
        raise NoAnswer("This model tells no action units; use one with a head for them.")
    found = next((one for one in readings if one.number == number), None)
    if found is None and not measured.assumed:
        told = ", ".join(sorted((one.number for one in readings), key=int))
        raise NoAnswer(f"Nothing was measured about AU{number}; this model tells {told}.")
    return found


def _unit_shown(asked: Question, measured: Measured):
    readings = [_reading(number, measured) for number in asked.units]
    told = {one.number for one in measured.units}
    yes = all(number in told for number in asked.units)
    return "yes" if yes else "no", {"units": [describe_unit(one) for one in readings if one is not None]}


def _unit_side(asked: Question, measured: Measured):
    reading = _reading(asked.units[0], measured)
    if reading is None or not (measured.assumed or reading.number in {one.number for one in measured.units}):
        return NO_EXPRESSION, {"units": [] if reading is None else [describe_unit(reading)]}
    return reading.side, {"units": [describe_unit(reading)]}


def _units_and_classes(asked: Question, measured: Measured):
    told, (emotion, shares) = measured.units, measured.fine
    one = len(told) == 1
    text = (
        f"The action unit{'' if one else 's'} present {'is' if one else 'are'}: {_named(told)}. Therefore, the "
        f"fine-grained expression class is {emotion}, and the coarse expression class is {measured.coarse}."
    )
    return text, {"units": [describe_unit(unit) for unit in told], "by the units": _shares(shares)}


def _of_kind(asked: Question, measured: Measured) -> list:
    return [event for event in measured.events if asked.kind in (None, event.kind)]


def _film_only(measured: Measured) -> None:
    detection = measured.recognition.detection
    if detection.score is None and not detection.findings and detection.reliability is None:
        raise NoAnswer("Two frames do not tell how many expressions there are, or when; ask about a film.")


def _count(asked: Question, measured: Measured):
    _film_only(measured)
    events = _of_kind(asked, measured)
    return str(len(events)), {"found": [_event(event) for event in events]}


def _event(event) -> str:
    return f"{event.kind} {event.start:.2f}-{event.peak:.2f}-{event.end:.2f} s, confidence {event.confidence:.2f}"


def _event_type(asked: Question, measured: Measured):
    _film_only(measured)
    events, number = measured.events, asked.ordinal or 1
    if not events or number > len(events):
        raise NoAnswer(f"There is no expression number {number}: {len(events)} found in the film.")
    event = events[number - 1 if number > 0 else number]
    return f"{event.kind}-expression", {"found": [_event(event)]}


def _distinct(asked: Question, measured: Measured):
    best = {one.number: one for one in measured.units}
    for event in measured.events:
        for one in shown(event.action_units):
            if one.number not in best or one.probability > best[one.number].probability:
                best[one.number] = one
    told = list(best.values())
    return _named(told), {"units": [describe_unit(one) for one in told]}


def _detected(asked: Question, measured: Measured):
    detection = measured.recognition.detection
    if asked.kind and detection.yes:
        return ("yes" if _of_kind(asked, measured) else "no"), {"found": [_event(one) for one in measured.events]}
    return detection.detected, {"found": [_event(one) for one in measured.events]}


def _when(asked: Question, measured: Measured):
    _film_only(measured)
    events = _of_kind(asked, measured)
    if not events:
        return NO_EXPRESSION, {}
    number = asked.ordinal or 1
    if number > len(events):
        raise NoAnswer(f"There is no expression number {number}: {len(events)} found in the film.")
    chosen = [events[number - 1 if number > 0 else number]] if asked.ordinal else events
    spans = [f"{one.start:.2f} s to {one.end:.2f} s, strongest at {one.peak:.2f} s" for one in chosen]
    return "; ".join(spans), {"found": [_event(one) for one in chosen]}


def _region(asked: Question, measured: Measured):
    recognition = measured.recognition
    described = recognition.description
    if not measured.expresses:
        return NO_EXPRESSION, {}
    region = None if recognition.detection.shown is None else recognition.detection.shown.region
    region = region or (None if described is None else described.region)
    if region is None:
        raise NoAnswer("This model does not tell where the face moved.")
    return region, {} if described is None else {"movement": str(described)}


def _class_shown(asked: Question, measured: Measured):
    if asked.label in COARSE_CLASSES[:2]:
        return ("yes" if measured.coarse == asked.label else "no"), _coarse(asked, measured)[1]
    return ("yes" if measured.fine[0] == asked.label else "no"), _fine(asked, measured)[1]


ANSWERS: dict[str, Callable[[Question, Measured], tuple[str, dict]]] = {
    forms.COARSE: _coarse,
    forms.FINE: _fine,
    forms.UNITS: _units,
    forms.UNIT_SHOWN: _unit_shown,
    forms.UNIT_SIDE: _unit_side,
    forms.UNITS_AND_CLASSES: _units_and_classes,
    forms.COUNT: _count,
    forms.EVENT_TYPE: _event_type,
    forms.DISTINCT_UNITS: _distinct,
    forms.DETECTED: _detected,
    forms.WHEN: _when,
    forms.WHERE: _region,
    forms.CLASS_SHOWN: _class_shown,
}
