"""Scores of spotting: which intervals of long videos were found (MEGC 2019 guideline)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from micron_bert.errors import InputError

LEAST_OVERLAP = 0.5


@dataclass(frozen=True)
class VideoInterval:
    """
    An expression in a long video.

    Attributes:
        subject, video (`str`): where it is.
        onset, offset (`int`): its first and last frame; both belong to it.
        emotion (`str`, *optional*): what it was taken for.
    """

    subject: str
    video: str
    onset: int
    offset: int
    emotion: str | None = None

    def __post_init__(self):
        if self.offset < self.onset:
            raise InputError(
                f"An interval of the video `{self.video}` ends at `{self.offset}`, before its onset `{self.onset}`."
            )

    @property
    def place(self) -> tuple[str, str]:
        """The video, with its subject: names of videos repeat."""
        return str(self.subject), str(self.video)


def overlap(one: VideoInterval, other: VideoInterval) -> float:
    """Intersection over union of two intervals of one video, in frames, both end frames included."""
    shared = min(one.offset, other.offset) - max(one.onset, other.onset) + 1
    if shared <= 0:
        return 0.0
    return shared / (one.offset - one.onset + other.offset - other.onset + 2 - shared)


def match_intervals(
    spotted: Sequence[VideoInterval], truth: Sequence[VideoInterval], least: float = LEAST_OVERLAP
) -> list[tuple[int, int]]:
    """
    Pairs of spotted and true intervals, each interval in one pair at most: as many pairs as there can be, and of these
    choices the one that overlaps most.

    Args:
        spotted, truth (`Sequence[VideoInterval]`):
            Of any number of videos.
        least (`float`, defaults to 0.5):
            Smallest [`overlap`] of a pair.

    Returns:
        `list[tuple[int, int]]`: positions in `spotted` and `truth`, in the order of `truth`.
    """
    pairs = []
    places = [defaultdict(list), defaultdict(list)]
    for at, intervals in zip(places, (spotted, truth), strict=True):
        for number, one in enumerate(intervals):
            at[one.place].append(number)
    for place, columns in places[1].items():
        rows = places[0][place]
        overlaps = np.array([[overlap(spotted[row], truth[column]) for column in columns] for row in rows])
        if not overlaps.size:
            continue
        # one pair more is worth more than any overlap
        worth = np.where(overlaps >= least, len(columns) + overlaps, 0)
        found = zip(*linear_sum_assignment(worth, maximize=True), strict=True)
        pairs += [(rows[row], columns[column]) for row, column in found if worth[row, column]]
    return sorted(pairs, key=lambda pair: pair[1])


def spotting_f1(hits: int, spotted: int, truth: int) -> float:
    """
    F1 from pooled counts: recall `hits / truth`, precision `hits / spotted`; 0 when there is neither.

    The whole database counts as one long video, so add up counts and never average the F1 of videos.
    """
    if not 0 <= hits <= min(spotted, truth):
        raise InputError(f"`{hits}` hits cannot come from `{spotted}` spotted and `{truth}` true intervals.")
    return 2 * hits / (spotted + truth) if spotted + truth else 0.0


def score_spotting(
    spotted: Sequence[VideoInterval], truth: Sequence[VideoInterval], least: float = LEAST_OVERLAP
) -> dict:
    """
    Recall, precision and F1 over all videos together.

    Args:
        spotted, truth (`Sequence[VideoInterval]`):
            All intervals of one kind: score micro- and macro-expressions apart, then both together.
        least (`float`, defaults to 0.5):
            Smallest overlap of a hit.

    Returns:
        `dict`: `f1`, `precision`, `recall`, and the counts `hits`, `spotted`, `truth`.
    """
    hits = len(match_intervals(spotted, truth, least))
    return {
        "f1": spotting_f1(hits, len(spotted), len(truth)),
        "precision": hits / len(spotted) if spotted else 0.0,
        "recall": hits / len(truth) if truth else 0.0,
        "hits": hits,
        "spotted": len(spotted),
        "truth": len(truth),
    }
