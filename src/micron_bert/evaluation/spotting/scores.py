"""Scores of spotting: candidates above a threshold, matched with the annotations of all videos."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from micron_bert.metrics.spotting import (
    LEAST_OVERLAP,
    VideoInterval,
    match_intervals,
    overlap,
    score_spotting,
    spotting_f1,
)
from micron_bert.metrics.strs import spot_then_recognize

KINDS = ("micro", "macro")
AMPLITUDES = ((0.2, 0.5), (0.5, 1.0), (1.0, 2.0))  # % of the inter-ocular distance
CLEAR = 0.5  # % of the inter-ocular distance, from which a micro-expression should be found


@dataclass(frozen=True)
class Candidate:
    """
    An interval that may be an expression.

    Attributes:
        onset, apex, offset (`int`): frames of the video, from 0; onset and offset belong to it.
        kind (`str`): `"micro"` or `"macro"`.
        score (`float`): the higher, the surer.
        label (`str`, *optional*): the class it was taken for.
    """

    onset: int
    apex: int
    offset: int
    kind: str
    score: float
    label: str | None = None


@dataclass(frozen=True)
class TrueExpression:
    """
    An annotated interval of a long video.

    Attributes:
        onset, offset (`int`): frames of the video, from 0; both belong to it.
        kind (`str`): `"micro"` or `"macro"`.
        label (`str`, *optional*): its class.
        amplitude (`float`, *optional*): in % of the inter-ocular distance, where it is known.
    """

    onset: int
    offset: int
    kind: str
    label: str | None = None
    amplitude: float | None = None


@dataclass(frozen=True)
class Spotted:
    """
    A video and what a method found in it.

    Attributes:
        subject, video (`str`): which.
        minutes (`float`): its length.
        truth (`Sequence[TrueExpression]`): what is there.
        candidates (`Sequence[Candidate]`): what was found.
    """

    subject: str
    video: str
    minutes: float
    truth: Sequence[TrueExpression]
    candidates: Sequence[Candidate]

    def above(self, cuts: Mapping[str, float]) -> "Spotted":
        """With the candidates of each kind whose score reaches its cut."""
        kept = [one for one in self.candidates if one.score >= cuts.get(one.kind, -np.inf)]
        return replace(self, candidates=kept)

    def found(self, kind: str) -> list[VideoInterval]:
        """Candidates of a kind as intervals."""
        return [_interval(self, one) for one in self.candidates if one.kind == kind]

    def true(self, kind: str, wanted: Callable[[TrueExpression], bool] = lambda one: True) -> list[VideoInterval]:
        """Expressions of a kind as intervals."""
        return [_interval(self, one) for one in self.truth if one.kind == kind and wanted(one)]


def _interval(video: Spotted, one: Candidate | TrueExpression) -> VideoInterval:
    return VideoInterval(video.subject, video.video, one.onset, one.offset, one.label)


@dataclass(frozen=True)
class Ranking:
    """
    The candidates of one kind in one video, the surest first.

    Attributes:
        scores (`np.ndarray` of shape `(N,)`): falling.
        hits (`np.ndarray` of shape `(N,)`): bool; whether a candidate overlaps an expression that no surer one took.
        truth (`int`): expressions of that kind.
    """

    scores: np.ndarray
    hits: np.ndarray
    truth: int

    @classmethod
    def of(cls, video: Spotted, kind: str) -> "Ranking":
        """Each candidate takes the expression that it overlaps most among those that are left."""
        ranked = sorted((one for one in video.candidates if one.kind == kind), key=lambda one: -one.score)
        left, hits = video.true(kind), []
        for one in ranked:
            best = max(left, key=lambda true: overlap(_interval(video, one), true), default=None)
            hits.append(best is not None and overlap(_interval(video, one), best) >= LEAST_OVERLAP)
            if hits[-1]:
                left.remove(best)
        return cls(np.array([one.score for one in ranked]), np.array(hits, bool), len(video.true(kind)))


def best_cut(rankings: Sequence[Ranking]) -> tuple[float, float]:
    """The score from which candidates make the highest F1 over all videos together, and that F1; ∞ for 0."""
    scores = np.concatenate([np.zeros(0), *(one.scores for one in rankings)])
    hits = np.concatenate([np.zeros(0, bool), *(one.hits for one in rankings)])
    truth = sum(one.truth for one in rankings)
    if not hits.any():
        return np.inf, 0.0
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], hits[order]
    f1 = 2 * np.cumsum(hits) / (np.arange(1, len(hits) + 1) + truth)
    # candidates of one score count together
    f1[:-1][scores[:-1] == scores[1:]] = 0
    return float(scores[f1.argmax()]), float(f1.max())


def score_videos(videos: Sequence[Spotted]) -> dict:
    """
    The field's scores, and what they leave open.

    Args:
        videos (`Sequence[Spotted]`):
            All of a database; candidates that do not count are gone already.

    Returns:
        `dict`: `micro`, `macro`, `all` (each as [`score_spotting`] has it; `all` adds up the counts of those that are
        annotated); `clear`, micro-expressions of `CLEAR` at least; `recall_by_amplitude`; `false_alarms_per_minute` of
        micro-expressions; `calm_false_alarms_per_minute` on the videos without any, and `calm_minutes`; `strs`, of all
        kinds that have labels, where the candidates have labels.
    """
    scores = {}
    for kind in KINDS:
        found, truth = _pool(videos, kind)
        scores[kind] = score_spotting(found, truth)
    # a database without any macro-expression has nobody who looked for them
    annotated = [kind for kind in KINDS if scores[kind]["truth"]]
    counts = {name: sum(scores[kind][name] for kind in annotated) for name in ("hits", "spotted", "truth")}
    scores["all"] = {
        "f1": spotting_f1(**counts),
        "precision": counts["hits"] / counts["spotted"] if counts["spotted"] else 0.0,
        "recall": counts["hits"] / counts["truth"] if counts["truth"] else 0.0,
        **counts,
    }
    amplitudes = [one.amplitude for video in videos for one in video.truth if one.kind == "micro"]
    if amplitudes and None not in amplitudes:
        scores["clear"] = _score_clear(videos)
        scores["recall_by_amplitude"] = _recall_by_amplitude(videos)
    micro = scores["micro"]
    minutes = sum(video.minutes for video in videos)
    scores["minutes"] = minutes
    scores["false_alarms_per_minute"] = (micro["spotted"] - micro["hits"]) / minutes if minutes else 0.0
    calm = [video for video in videos if not video.true("micro")]
    scores["calm_minutes"] = sum(video.minutes for video in calm)
    if calm:
        alarms = sum(len(video.found("micro")) for video in calm)
        scores["calm_false_alarms_per_minute"] = alarms / scores["calm_minutes"]
    scores["strs"] = {kind: _strs(videos, (kind,)) for kind in annotated} | {"all": _strs(videos, annotated)}
    return scores


def _pool(videos: Sequence[Spotted], kind: str) -> tuple[list[VideoInterval], list[VideoInterval]]:
    return [i for video in videos for i in video.found(kind)], [i for video in videos for i in video.true(kind)]


def _score_clear(videos: Sequence[Spotted]) -> dict:
    """Micro-expressions of `CLEAR` at least; finding a smaller one is neither right nor wrong."""
    found, _ = _pool(videos, "micro")
    clear = [i for video in videos for i in video.true("micro", lambda one: one.amplitude >= CLEAR)]
    faint = [i for video in videos for i in video.true("micro", lambda one: one.amplitude < CLEAR)]
    return score_spotting(_excuse(found, clear, faint), clear)


def _recall_by_amplitude(videos: Sequence[Spotted]) -> dict[str, dict]:
    found, truth = _pool(videos, "micro")
    amplitudes = np.array([one.amplitude for video in videos for one in video.truth if one.kind == "micro"])
    hit = np.zeros(len(truth), bool)
    hit[[number for _, number in match_intervals(found, truth)]] = True
    # an apex between two frames may be a little below the smallest amplitude
    part = np.digitize(amplitudes, [low for low, _ in AMPLITUDES[1:]])
    recalls = {}
    for number, (low, high) in enumerate(AMPLITUDES):
        inside = part == number
        recalls[f"{low:g}-{high:g}"] = {
            "hits": int(hit[inside].sum()),
            "truth": int(inside.sum()),
            "recall": float(hit[inside].mean()) if inside.any() else 0.0,
        }
    return recalls


def _strs(videos: Sequence[Spotted], kinds: Sequence[str]) -> dict | None:
    """None where nothing has a label; spotting an expression without one is neither right nor wrong."""
    pooled = [_pool(videos, kind) for kind in kinds]
    found, truth = ([i for pool in pooled for i in pool[side]] for side in (0, 1))
    labelled = [interval for interval in truth if interval.emotion is not None]
    if not labelled or any(interval.emotion is None for interval in found):
        return None
    return spot_then_recognize(_excuse(found, labelled, [i for i in truth if i.emotion is None]), labelled)


def _excuse(
    found: list[VideoInterval], counted: list[VideoInterval], others: list[VideoInterval]
) -> list[VideoInterval]:
    """The findings without those that hit only expressions that do not count."""
    hits = {index for index, _ in match_intervals(found, counted)}
    rest = [index for index in range(len(found)) if index not in hits]
    excused = {rest[index] for index, _ in match_intervals([found[index] for index in rest], others)}
    return [interval for index, interval in enumerate(found) if index not in excused]
