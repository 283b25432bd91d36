"""Calibration and threshold of the course head's scores, from courses that were held out of its training."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from micron_bert.errors import InputError
from micron_bert.metrics.spotting import LEAST_OVERLAP, spotting_f1
from micron_bert.model.course_micron_bert import MicronBertCourseHead
from micron_bert.model.course_steps_micron_bert import STEP
from micron_bert.model.runtime_micron_bert import TorchCourse
from micron_bert.spotting.decision import Calibration, Decision, Finding
from micron_bert.spotting.odds import logit, sigmoid
from micron_bert.spotting.reading import CourseReader
from micron_bert.spotting.steps import Step
from micron_bert.training.course.examples import INPUTS, Example

BARE = {kind: Calibration(1.0, 0.0, 0.5) for kind in ("micro", "macro")}  # the confidence is the score
# amplitude in % IOD below which an expression counts neither as found nor as missed
CLEAR = {"micro": 0.5, "macro": 0.0}
MOST_ALARMS = {"micro": 0.05, "macro": 0.1}  # a minute, of people like those in the training
NEAR = 0.2  # overlap with an expression above which a finding is no false alarm
RANGE = (0.05, 0.95)  # of the confidence threshold at strictness 0.5


class Told(NamedTuple):
    """
    A finding before the threshold, matched with the truth.

    Attributes:
        finding ([`Finding`]): the interval and its score.
        label (`int`): index of the most probable class.
        hit (`int`):
            Index of the expression of its kind whose intersection over union with it is 0.5 or more; each expression
            is hit once. -1 without one.
        near (`bool`): whether it overlaps an expression by `NEAR` or more.
    """

    finding: Finding
    label: int
    hit: int
    near: bool


def tell(head: MicronBertCourseHead, example: Example) -> list[Told]:
    """Findings of a course before the threshold, the surest first."""
    reader, decision = CourseReader(TorchCourse(head)), Decision(BARE, strictness=0.0)
    steps = zip(STEP * np.arange(len(example)), *(getattr(example, name) for name in INPUTS), strict=True)
    reader.push([Step(*step) for step in steps])
    readings = reader.read(finished=True)
    findings, _ = decision.take(readings, finished=True)
    decision.readings = readings
    left, reported = set(range(len(example.events))), []
    for finding in sorted(findings, key=lambda finding: -finding.score):
        shares = [overlap_of(finding, *event[[0, 2]]) for event in example.events]
        same = [n for n in left if bool(example.events[n, 5]) == (finding.kind == "macro")]
        best = max(same, key=shares.__getitem__, default=None)
        hit = best if best is not None and shares[best] >= LEAST_OVERLAP else -1
        left.discard(hit)
        near = max(shares, default=0.0) >= NEAR
        reported.append(Told(finding, int(decision.classes(finding).argmax()), hit, near))
    return reported


def overlap_of(finding: Finding, onset: float, offset: float) -> float:
    """Intersection over union with an interval in seconds."""
    shared = min(finding.offset, offset) - max(finding.onset, onset)
    return max(shared, 0.0) / (max(finding.offset, offset) - min(finding.onset, onset))


class Ranking(NamedTuple):
    """
    Findings of one kind in several courses before the threshold, the surest first.

    Attributes:
        scores, hits, sizes, alarms, right (`np.ndarray` of shape `(N,)`):
            Score; whether it is a hit; amplitude of the expression hit; whether it is a false alarm; whether its class
            is right.
        events (`np.ndarray` of shape `(M,)`): amplitudes of the expressions.
        minutes (`float`): of all courses.
    """

    scores: np.ndarray
    hits: np.ndarray
    sizes: np.ndarray
    alarms: np.ndarray
    right: np.ndarray
    events: np.ndarray
    minutes: float

    @classmethod
    def of(cls, courses: Sequence[tuple[Example, list[Told]]], kind: str) -> "Ranking":
        """Of courses, each with its findings."""
        rows = []
        for example, reported in courses:
            for one in reported:
                if one.finding.kind == kind:
                    event = example.events[one.hit] if one.hit >= 0 else None
                    size, right = (0.0, False) if event is None else (event[4], one.label == int(event[3]))
                    rows.append((one.finding.score, event is not None, size, not one.near, right))
        table = np.array(sorted(rows, reverse=True), float).reshape(-1, 5)
        events = np.concatenate([e.events[e.events[:, 5] == (kind == "macro"), 4] for e, _ in courses] or [[]])
        flags = (table[:, column] > 0 for column in (1, 3, 4))
        hits, alarms, right = flags
        return cls(table[:, 0], hits, table[:, 2], alarms, right, events, sum(e.minutes for e, _ in courses))

    def at(self, score: float, least: float = 0.0) -> dict[str, float]:
        """F1, recall, share named rightly and false alarms at a threshold; `least` leaves out smaller amplitudes."""
        reported = self.scores >= score
        clear, small = reported & self.hits & (self.sizes >= least), reported & self.hits & (self.sizes < least)
        truth, count = int((self.events >= least).sum()), int((reported & ~small).sum())
        hits = int(clear.sum())
        return {
            "f1": spotting_f1(hits, count, max(truth, hits)),
            "recall": hits / max(truth, 1),
            "named": float(self.right[clear].mean()) if hits else float("nan"),
            "alarms a minute": float((reported & self.alarms).sum() / max(self.minutes, 1e-9)),
        }


def calibrate(ranking: Ranking, rate: float) -> tuple[float, float]:
    """
    Slope and intercept of the logistic curve from the logit of a score to the probability of a hit.

    Args:
        ranking ([`Ranking`]): of courses that the head has not learned from.
        rate (`float`): how frequent expressions are in an ordinary film, relative to these courses.
    """
    if not len(ranking.scores) or ranking.hits.all() or not ranking.hits.any():
        raise InputError("Among the findings in the films are no hits, or no false alarms; make more films.")
    weights = np.where(ranking.hits, rate, 1.0)
    curve = LogisticRegression(C=10.0).fit(logit(ranking.scores)[:, None], ranking.hits, sample_weight=weights)
    return float(curve.coef_[0, 0]), float(curve.intercept_[0])


def choose(ranking: Ranking, kind: str) -> float:
    """
    The threshold at strictness 0.5: the best F1 within the limit of false alarms a minute (`MOST_ALARMS`).

    Every threshold down to the next lower score finds the same, so it lies in the middle between both, in log-odds.

    Args:
        ranking ([`Ranking`]): of courses that the head has not learned from.
        kind (`str`): `"micro"` or `"macro"`.
    """
    bearable = [s for s in ranking.scores if ranking.at(s)["alarms a minute"] <= MOST_ALARMS[kind]]
    best = max(bearable, key=lambda s: ranking.at(s, CLEAR[kind])["f1"], default=1.0)
    below = max((s for s in ranking.scores if s < best), default=best)
    return float(sigmoid((logit(best) + logit(below)) / 2))
