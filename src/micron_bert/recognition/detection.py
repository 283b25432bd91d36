"""Whether there is an expression: the record that command, files, demo and Python give alike."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from micron_bert.model.description_micron_bert import resemblance, share_of
from micron_bert.recognition.reliability import SMALL_FACE, Reliability
from micron_bert.recognition.units import to_json as units_to_json

YES, NO, CANNOT_TELL = "yes", "no", "cannot tell"
PAIR = "two frames"
MICRO, NONE = "micro", "none"
TOO_LITTLE = "too little movement"
OTHER = "resembles none"
# cause of a movement -> the reason in the record, and the words for a sentence
REASONS = {
    "speech": ("speech", "the strongest movement looks like speech"),
    "blink": ("blink", "the strongest movement looks like a blink"),
    "head": ("head turn", "the strongest movement looks like a movement of the head"),
    "light": ("light", "the strongest movement looks like a change of the light"),
    "rest": (TOO_LITTLE, TOO_LITTLE),
}
LEAST_SHOWN = 0.005  # confidence; less would be written as 0.00
HINDRANCES = {
    SMALL_FACE: "the face is too small",
    "rate under 25": "the film has too few frames a second",
}


@dataclass(frozen=True)
class Detection:
    """
    Whether an expression is there.

    Attributes:
        detected (`str`): `"yes"`, `"no"` or `"cannot tell"`.
        reason (`str` or `None`):
            Of a no: the cause of the strongest movement, `"speech"`, `"blink"`, `"head turn"`, `"light"` or
            `"too little movement"`; of two frames `"resembles none"`. Of a `"cannot tell"`: `"two frames"`,
            `"small face"` or `"rate under 25"`.
        score, threshold (`float` or `None`):
            Confidence that the surest movement is an expression, and the confidence required.
        kind (`str` or `None`): of that movement: `"micro"` or `"macro"`.
        cause (`str` or `None`): of that movement, where it is no expression.
        findings (`Sequence[Interval]`): all expressions, in the order of their onsets.
        strongest (`Interval` or `None`): the surest movement that was not reported as an expression.
        reliability ([`Reliability`] or `None`): of the input, where a film was followed.
        baseline ([`Baseline`] or `None`): what is usual for the face, where a neutral stretch was given.
    """

    detected: str
    reason: str | None
    score: float | None = None
    threshold: float | None = None
    kind: str | None = None
    cause: str | None = None
    findings: Sequence[Any] = ()
    strongest: Any = None
    reliability: Reliability | None = None
    baseline: Any = None

    @property
    def yes(self) -> bool:
        return self.detected == YES

    @property
    def tells_score(self) -> bool:
        """Whether the score is worth a word: there is one, and it does not read 0.00."""
        return self.threshold is not None and (self.score or 0.0) >= LEAST_SHOWN

    @property
    def shown(self):
        """The finding, or else the strongest movement, that an answer shows; `None` where there is neither."""
        return surest(self.findings) or self.strongest


# two pictures, or two given frames: what moved between them may as well be speech or a blink
OF_PAIR = Detection(CANNOT_TELL, PAIR)


def of_pair(label: str) -> Detection:
    """The answer to two frames whose movement has such a name: a no, where it resembles no expression."""
    return Detection(NO, OTHER) if label == NONE else OF_PAIR


def detection_of(
    findings: Sequence, strongest, thresholds: dict[str, float], reliability=None, baseline=None
) -> Detection:
    """
    The answer to a film that was spotted.

    Args:
        findings (`Sequence[Interval]`): the expressions reported.
        strongest (`Interval` or `None`): the surest movement that was not reported.
        thresholds (`dict[str, float]`): confidence required, by kind.
        reliability ([`Reliability`], *optional*): of the film.
        baseline ([`Baseline`], *optional*): of the face.
    """
    shown = surest(findings) or strongest
    beside = {"findings": tuple(findings), "strongest": strongest, "reliability": reliability, "baseline": baseline}
    if shown is not None:
        asked = thresholds.get(shown.kind)
        beside |= {"score": shown.confidence, "threshold": asked, "kind": shown.kind, "cause": shown.cause}
    hindrance = None if reliability is None else reliability.hindrance
    # in a face of a few pixels noise moves as far as an expression; at a low rate only what is missed counts
    if findings and hindrance != SMALL_FACE:
        return Detection(YES, None, **beside)
    if hindrance is not None:
        return Detection(CANNOT_TELL, hindrance, **beside)
    reason = TOO_LITTLE if shown is None else REASONS[shown.cause or "rest"][0]
    return Detection(NO, reason, **beside)


def surest(findings: Sequence):
    """The surest micro-expression, else the surest macro-expression; `None` of none."""
    return max(findings, key=lambda one: (one.kind == MICRO, one.confidence), default=None)


def summary(detection: Detection, label: str | None = None) -> str:
    """
    The answer in one sentence.

    Args:
        detection ([`Detection`]): the answer.
        label (`str`, *optional*): what the movement resembles, such as `"closely resembles positive"`.
    """
    sure = ""
    if detection.tells_score:
        sure = f" (confidence {detection.score:.2f}, {detection.threshold:.2f} asked for)"
    if detection.yes:
        count = len(detection.findings)
        more = f"; {count} findings in all" if count > 1 else ""
        return f"{detection.kind}-expression found" + (f", {label}" if label else "") + sure + more
    if detection.reason == PAIR:
        return (
            "two frames show that the face changed and what the change resembles, not whether it is a "
            "micro-expression: speech and blinks look alike in them; give the film"
        )
    if detection.detected == CANNOT_TELL:
        return f"cannot tell whether there is a micro-expression: {why(detection)}"
    return f"no micro-expression found: {why(detection)}{sure}"


def why(detection: Detection) -> str:
    """The reason for a no or a `"cannot tell"`, as half a sentence."""
    if detection.reason == OTHER:
        return "what moved between the two frames resembles no expression"
    if detection.detected == CANNOT_TELL:
        return HINDRANCES[detection.reason]
    return REASONS[detection.cause or "rest"][1]


def describe_input(reliability: Reliability, baseline=None) -> list[str]:
    """Lines about the input: its properties, and what would make the answer more reliable."""
    line = f"input: {reliability.eye_distance:.0f} px between the eyes, {reliability.fps:.4g} frames/s"
    if reliability.lips_seen:
        line += f", talking {reliability.talking_share:.0%} of the time"
    usual = (
        "thresholds are those of all people: no neutral stretch of this person was given"
        if baseline is None
        else f"thresholds are this person's: {baseline.seconds:.1f} s at rest move up to {baseline.movement:.2f} %"
    )
    return [line, usual, *reliability.advice]


def to_json(detection: Detection) -> dict:
    """The record as plain numbers and words."""
    return {
        "detected": detection.detected,
        "reason": detection.reason,
        "score": _rounded(detection.score),
        "threshold": _rounded(detection.threshold),
        "kind": detection.kind,
        "summary": summary(detection),
        "findings": [_plain(finding) for finding in detection.findings],
        "strongest_movement": None if detection.strongest is None else _plain(detection.strongest),
        "neutral": None if detection.baseline is None else detection.baseline.to_json(),
        "input": None if detection.reliability is None else detection.reliability.to_json(),
    }


def name_of(interval) -> str | None:
    """The name of an interval; `None` for a macro-expression, because nobody has measured those names."""
    return interval.label if interval.kind == MICRO and interval.label != NONE else None


def likeness(interval) -> str:
    """Such as `"closely resembles positive"`; empty where it has no name."""
    name = name_of(interval)
    return "" if name is None else resemblance(name, share_of(name, interval.probabilities))


def _plain(interval) -> dict:
    values = asdict(interval) | {"label": name_of(interval), "resembles": likeness(interval) or None}
    if values["label"] is None:
        values["probabilities"] = None
    values["action_units"] = units_to_json(interval.action_units)
    shares = values.pop("probabilities")
    values["probabilities"] = None if shares is None else {name: _rounded(share) for name, share in shares.items()}
    values["box"] = None if values["box"] is None else [round(side, 1) for side in values["box"]]
    return {name: _rounded(value) if isinstance(value, float) else value for name, value in values.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
