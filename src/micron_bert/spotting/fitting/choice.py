"""What is told of scored candidates, and how sure they have to be."""

from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from micron_bert.errors import InputError
from micron_bert.metrics.spotting import spotting_f1
from micron_bert.spotting.score import logit
from micron_bert.spotting.watch import SAME

LEAST_OVERLAP = 0.5
CLEAR = 0.5  # % of the inter-ocular distance: finding a smaller one is neither right nor wrong
MOST_ALARMS = 1.0  # micro-expressions that are none, a minute


class Told(NamedTuple):
    """
    What would be told of a film if nothing were too unsure.

    Attributes:
        votes (`np.ndarray` of shape `(N,)`): of each interval.
        hits (`np.ndarray` of shape `(N,)`): the event that it hits, -1 without one.
        sizes (`np.ndarray` of shape `(M,)`): of the events, in % of the inter-ocular distance.
        minutes (`float`): length of the film.
    """

    votes: np.ndarray
    hits: np.ndarray
    sizes: np.ndarray
    minutes: float


def overlaps(extents: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Intersection over union `(N, M)` of extents `(N, 3)` with events `(M, 3)`, both end frames included."""
    onset, offset = extents[:, 0][:, None], extents[:, 2][:, None]
    shared = np.minimum(offset, events[:, 1]) - np.maximum(onset, events[:, 0]) + 1
    union = (offset - onset) + (events[:, 1] - events[:, 0]) + 2 - shared
    return np.clip(shared, 0, None) / union


def tell(extents: np.ndarray, votes: np.ndarray, events: np.ndarray, minutes: float) -> Told:
    """Of readings of one movement the surest is told; each event is hit once, by the surest that overlaps it."""
    kept: list[int] = []
    for i in np.argsort(-votes, kind="stable"):
        lengths = np.minimum(extents[i, 2] - extents[i, 0], extents[kept, 2] - extents[kept, 0])
        common = np.minimum(extents[i, 2], extents[kept, 2]) - np.maximum(extents[i, 0], extents[kept, 0])
        if not (common > SAME * lengths).any():
            kept.append(int(i))
    shares = overlaps(extents[kept], events)
    hits, left = np.full(len(kept), -1), np.ones(len(events), bool)
    for row in range(len(kept) if len(events) else 0):
        best = int(np.where(left, shares[row], 0).argmax())
        if left[best] and shares[row, best] >= LEAST_OVERLAP:
            hits[row], left[best] = best, False
    return Told(votes[kept], hits, events[:, 2], minutes)


def calibrate(films: list[Told], rate: float) -> tuple[float, float]:
    """
    Slope and intercept of the probability that a told interval hits, over the logit of its votes.

    Args:
        films (`list[Told]`): told by trees that have not seen them.
        rate (`float`): events of a usual film, relative to these films.
    """
    votes, hit = np.concatenate([film.votes for film in films]), np.concatenate([film.hits >= 0 for film in films])
    if hit.all() or not hit.any():
        raise InputError("Among what would be told of the films is nothing right, or nothing wrong; make more films.")
    curve = LogisticRegression(C=10.0).fit(logit(votes)[:, None], hit, sample_weight=np.where(hit, rate, 1.0))
    return float(curve.coef_[0, 0]), float(curve.intercept_[0])


def choose(films: list[Told], kind: str, rate: float) -> tuple[float, dict[str, float]]:
    """
    The votes from which intervals are told at strictness 0.5, and what that gives in films as they usually are.

    The best F1, of micro-expressions large enough to be seen, with no more false alarms than a minute may have.

    Args:
        films (`list[Told]`): told by trees that have not seen them.
        kind (`str`): `"micro"` or `"macro"`.
        rate (`float`): events of a usual film, relative to these films.
    """
    minutes = sum(film.minutes for film in films)
    least = CLEAR if kind == "micro" else 0.0
    votes = np.concatenate([film.votes for film in films])
    clear = np.concatenate([(film.hits >= 0) & (np.append(film.sizes, 0)[film.hits] >= least) for film in films])
    false = np.concatenate([film.hits < 0 for film in films])
    truth = rate * sum(int((film.sizes >= least).sum()) for film in films)
    order = np.argsort(-votes, kind="stable")
    hits, alarms = rate * np.cumsum(clear[order]), np.cumsum(false[order])
    best = {"f1": 0.0}, float(votes.max(initial=0.5))
    for place, vote in enumerate(votes[order]):
        a_minute = float(alarms[place] / minutes)
        if kind == "micro" and a_minute > MOST_ALARMS:
            break
        f1 = spotting_f1(hits[place], hits[place] + alarms[place], truth)
        if f1 > best[0]["f1"]:
            found = {"f1": f1, "recall": float(hits[place] / truth), "false alarms a minute": a_minute}
            best = found, float(vote)
    return best[1], best[0]
