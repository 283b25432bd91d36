"""What is answered about a film: what its pair of frames is named, as far as the course lets it be an expression."""

from dataclasses import replace

from micron_bert.recognition.recognizer import Detection, Recognition
from micron_bert.spotting.interval import Interval

NONE = "none"


def decided(recognition: Recognition, shown: Interval | None, detected: bool, asked: float) -> Recognition:
    """
    A recognition of two frames with what the course says about them.

    The probability of an expression is the interval's confidence; its classes share it as the course names them.

    Args:
        recognition ([`Recognition`]): from the onset to the apex of the interval.
        shown ([`Interval`], *optional*): the expression, or the strongest movement where there is none.
        detected (`bool`): whether it is one.
        asked (`float`): confidence that was asked for.
    """
    confidence = 0.0 if shown is None else shown.confidence
    named = (None if shown is None else shown.probabilities) or recognition.probabilities
    shares = {name: value for name, value in named.items() if name != NONE}
    total = max(sum(shares.values()), 1e-9)
    probabilities = {name: confidence * value / total for name, value in shares.items()} | {NONE: 1 - confidence}
    label = max(shares, key=shares.get) if detected else NONE
    kind, cause = (None, None) if shown is None else (shown.kind, shown.cause)
    changes = {"label": label, "probabilities": probabilities}
    if shown is not None:
        changes["offset"] = shown.offset
        changes["times"] = {"onset": shown.start, "apex": shown.peak, "offset": shown.end}
    return replace(recognition, **changes, detection=Detection(detected, confidence, asked, kind, cause))
