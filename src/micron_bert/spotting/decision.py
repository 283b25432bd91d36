"""From the course head's predictions for each step to the expressions that are reported."""

from typing import NamedTuple

import numpy as np

from micron_bert.arguments.strictness import STRICTNESS
from micron_bert.model.course_steps_micron_bert import KINDS
from micron_bert.spotting.extents import of_kind
from micron_bert.spotting.odds import logit, sigmoid
from micron_bert.spotting.reading import Reading

AROUND = {"micro": 2, "macro": 4}  # steps on either side whose probabilities are averaged
LEAST_OF_APEX = 0.25  # share of the score that does not depend on the apex probability
LEAST_SCORE = 0.01  # a less probable peak is dropped
REMEMBERED = 6.0  # seconds of readings that are kept; a longer expression is named by its end
SAME = 0.1  # overlap, as a share of the shorter of two findings, above which only the surer one is reported
MOST_LENIENT, MOST_STRICT = 0.02, 0.98  # confidence required at strictness 0 and 1


class Finding(NamedTuple):
    """
    A candidate for an expression.

    Attributes:
        kind (`str`): `"micro"` or `"macro"`.
        onset, apex, offset (`float`): in seconds.
        score (`float`): of the head, between 0 and 1.
        confidence (`float`): calibrated probability that it is an expression.
    """

    kind: str
    onset: float
    apex: float
    offset: float
    score: float
    confidence: float


class Calibration(NamedTuple):
    """
    The calibration of the scores of one kind.

    Attributes:
        slope, intercept (`float`): of the logistic curve over the logit of the score.
        best (`float`): confidence required at strictness 0.5.
    """

    slope: float
    intercept: float
    best: float

    def confidence(self, score: float | np.ndarray) -> np.ndarray:
        """Calibrated probability of an expression with such a score."""
        return sigmoid(self.slope * logit(score) + self.intercept)

    def required(self, strictness: float) -> float:
        """The confidence required at a strictness between 0 and 1."""
        knots = [logit(MOST_LENIENT), logit(self.best), logit(MOST_STRICT)]
        return float(sigmoid(np.interp(strictness, (0, STRICTNESS, 1), knots)))


class Judgement(NamedTuple):
    """
    How likely an expression is at its strongest at a step.

    Attributes:
        time (`float`): in seconds.
        micro, macro (`float`): confidence that a micro- or a macro-expression is at its apex, between 0 and 1.
    """

    time: float
    micro: float
    macro: float


class Decision:
    """
    Finds the peaks of the head's scores in one uninterrupted stretch, and decides which of them are reported.

    Args:
        calibrations (`dict[str, Calibration]`): of `"micro"` and `"macro"`.
        strictness (`float`): between 0 and 1.
    """

    def __init__(self, calibrations: dict[str, Calibration], strictness: float = STRICTNESS):
        self.calibrations = calibrations
        self.required = {kind: calibration.required(strictness) for kind, calibration in calibrations.items()}
        self.clear()

    def clear(self) -> None:
        """Forgets the stretch."""
        self.readings: list[Reading] = []
        self.dropped = self.looked = 0  # counts of readings: dropped, and searched for peaks
        self.looked_until = -np.inf  # time of the last reading that was searched
        self.waiting: list[Finding] = []
        self.reported: list[Finding] = []
        self.judged: list[Judgement] = []

    def judgements(self) -> list[Judgement]:
        """Those of the steps that were looked at since the last call."""
        judged, self.judged = self.judged, []
        return judged

    def take(self, readings: list[Reading], finished: bool = False) -> tuple[list[Finding], list[Finding]]:
        """
        Takes the next readings.

        Args:
            readings (`list[Reading]`): in order, from where those before ended.
            finished (`bool`, defaults to `False`): whether the stretch is over.

        Returns:
            `tuple[list[Finding], list[Finding]]`: findings to report, by onset; and those below the
            confidence required.
        """
        self.readings += readings
        if not self.readings:
            return [], []
        self.waiting += self._peaks(finished)
        horizon = (
            np.inf if finished else self.readings[self.looked - self.dropped - 1].time if self.looked else -np.inf
        )
        settled, refused = self._settle(horizon)
        newest = self.readings[-1].time
        spare = min(
            sum(reading.time < newest - REMEMBERED for reading in self.readings),
            max(self.looked - self.dropped - max(AROUND.values()) - 1, 0),
        )
        self.readings, self.dropped = self.readings[spare:], self.dropped + spare
        self.reported = [finding for finding in self.reported if finding.offset > newest - REMEMBERED]
        return settled, refused

    def classes(self, finding: Finding) -> np.ndarray:
        """Probabilities of the classes of a finding `(classes,)`: the mean over its steps, by how sure each is."""
        number = KINDS.index(finding.kind)
        inside = [reading for reading in self.readings if finding.onset <= reading.time <= finding.offset]
        inside = inside or [min(self.readings, key=lambda reading: abs(reading.time - finding.apex))]
        total = sum(reading.kind[number] * reading.classes for reading in inside)
        return total / max(float(total.sum()), 1e-9)

    def scores(self) -> dict[str, np.ndarray]:
        """Of each kind, the score `(readings,)` of an apex at each of the readings that are kept."""
        apex = np.array([reading.apex for reading in self.readings])
        scores = {}
        for kind, around in AROUND.items():
            likely = np.array([reading.kind[KINDS.index(kind)] for reading in self.readings])
            mean = np.convolve(np.pad(likely, around), np.full(2 * around + 1, 1 / (2 * around + 1)), "valid")
            scores[kind] = mean * (LEAST_OF_APEX + (1 - LEAST_OF_APEX) * apex)
        return scores

    def _peaks(self, finished: bool) -> list[Finding]:
        """Local maxima of the scores, among the steps whose surroundings are complete."""
        count = self.dropped + len(self.readings)
        until = count if finished else count - max(AROUND.values()) - 1
        found = []
        if until <= self.looked:
            return found
        scores = self.scores()
        self._judge(scores, self.looked - self.dropped, until - self.dropped)
        for kind, score in scores.items():
            before, after = np.append(0, score[:-1]), np.append(score[1:], 0)
            peaks = np.flatnonzero((score >= LEAST_SCORE) & (score > before) & (score >= after))
            for place in peaks[(peaks >= self.looked - self.dropped) & (peaks < until - self.dropped)]:
                reading, value = self.readings[place], float(score[place])
                onset, apex, offset = of_kind(reading.onset, reading.time, reading.offset, kind)
                sure = float(self.calibrations[kind].confidence(value))
                found.append(Finding(kind, onset, apex, offset, value, sure))
        self.looked = until
        self.looked_until = self.readings[until - self.dropped - 1].time
        return found

    def _judge(self, scores: dict[str, np.ndarray], first: int, last: int) -> None:
        """Remembers what is said of each of the kept readings from a first to before a last one."""
        times = [reading.time for reading in self.readings[first:last]]
        sure = {kind: one.confidence(scores[kind][first:last]) for kind, one in self.calibrations.items()}
        self.judged += [Judgement(*map(float, row)) for row in zip(times, sure["micro"], sure["macro"], strict=True)]

    def _settle(self, horizon: float) -> tuple[list[Finding], list[Finding]]:
        """Of overlapping candidates the surest, as far as they ended before a time."""
        reported = self._surest([f for f in self.waiting if f.confidence >= self.required[f.kind]], self.reported)
        refused = self._surest(
            [f for f in self.waiting if f.confidence < self.required[f.kind]], self.reported + reported
        )
        reported, refused = ([f for f in several if f.offset <= horizon] for several in (reported, refused))
        self.reported += reported
        self.waiting = [
            f for f in self.waiting if f.offset > horizon and not any(overlap(f, other) for other in self.reported)
        ]
        return sorted(reported, key=lambda finding: finding.onset), refused

    @staticmethod
    def _surest(findings: list[Finding], rivals: list[Finding]) -> list[Finding]:
        """Of findings that overlap each other the surest, and none that overlaps a rival."""
        kept: list[Finding] = []
        for finding in sorted(findings, key=lambda finding: -finding.confidence):
            if not any(overlap(finding, other) for other in kept + rivals):
                kept.append(finding)
        return kept


def overlap(one: Finding, other: Finding) -> bool:
    """Whether two findings overlap so far that they are one movement."""
    common = min(one.offset, other.offset) - max(one.onset, other.onset)
    return common > SAME * min(one.offset - one.onset, other.offset - other.onset)
