"""The spot-then-recognize score of long videos (doi 10.1016/j.image.2022.116875)."""

from collections.abc import Sequence

import numpy as np

from micron_bert.errors import InputError
from micron_bert.metrics.bootstrap import ratio
from micron_bert.metrics.spotting import LEAST_OVERLAP, VideoInterval, match_intervals, overlap, spotting_f1


def spot_then_recognize(
    spotted: Sequence[VideoInterval],
    truth: Sequence[VideoInterval],
    least: float = LEAST_OVERLAP,
    official: bool = False,
) -> dict:
    """
    STRS, the F1 of spotting times the F1 of analysis.

    The analysis is scored on the spotted intervals that hit: precision and recall of each emotion, their means over
    the emotions of the true intervals, and the F1 of these two means (which is not the mean of the emotions' F1).

    Args:
        spotted, truth (`Sequence[VideoInterval]`):
            With emotions.
        least (`float`, defaults to 0.5):
            Smallest overlap of a hit.
        official (`bool`, defaults to `False`):
            Whether to count as the challenge's own scorer does, to compare with numbers from it: subjects without any
            prediction and videos without any true interval are passed over, one prediction may hit several true
            intervals, hits that are all of one emotion and all right count as 0, and `uar` is the mean of the
            precisions.

    Returns:
        `dict`: `strs`, `spotting_f1`, `analysis_f1`, `precision`, `recall` (of the analysis), `uf1`, `uar`, and the
        counts `hits`, `false_alarms`, `missed`.

    Raises:
        InputError: an interval without an emotion.
    """
    for interval in (*spotted, *truth):
        if interval.emotion is None:
            raise InputError(f"An interval of the video `{interval.video}` has no emotion; STRS needs one for each.")
    emotions = sorted({interval.emotion for interval in truth})
    if official:
        pairs, false_alarms, missed = _pairs_of_the_official_scorer(spotted, truth, least)
        hits = len(pairs)
        found = 2 * hits / (2 * hits + false_alarms + missed) if hits else 0.0
    else:
        pairs = match_intervals(spotted, truth, least)
        hits, false_alarms, missed = len(pairs), len(spotted) - len(pairs), len(truth) - len(pairs)
        found = spotting_f1(hits, len(spotted), len(truth))
    # (pairs, emotions); an emotion that is never true has no column
    named = np.array([[spotted[index].emotion == name for name in emotions] for index, _ in pairs], bool)
    wanted = np.array([[truth[number].emotion == name for name in emotions] for _, number in pairs], bool)
    named, wanted = named.reshape(hits, len(emotions)), wanted.reshape(hits, len(emotions))
    right, of_named, of_wanted = (one.sum(axis=0) for one in (named & wanted, named, wanted))
    if official:
        # it unpacks a confusion matrix of one cell, fails, and takes the counts for 0
        right = np.where(right == hits, 0, right)
    precisions, recalls, f1 = (
        ratio(right, of_named), ratio(right, of_wanted), ratio(2 * right, of_named + of_wanted)
    )  # fmt: skip
    precision, recall, uf1 = (float(one.mean()) if emotions else 0.0 for one in (precisions, recalls, f1))
    analysis = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "strs": found * analysis,
        "spotting_f1": found,
        "analysis_f1": analysis,
        "precision": precision,
        "recall": recall,
        "uf1": uf1,
        "uar": precision if official else recall,
        "hits": hits,
        "false_alarms": false_alarms,
        "missed": missed,
    }


def _pairs_of_the_official_scorer(
    spotted: Sequence[VideoInterval], truth: Sequence[VideoInterval], least: float
) -> tuple[list[tuple[int, int]], int, int]:
    """Each true interval with the first prediction that overlaps enough, and the errors that the scorer sees."""
    videos, subjects = {true.place for true in truth}, {str(interval.subject) for interval in spotted}
    seen = [index for index, interval in enumerate(spotted) if interval.place in videos]
    asked = [number for number, true in enumerate(truth) if str(true.subject) in subjects]
    pairs = []
    for number in asked:
        close = (index for index in seen if _overlap_in_place(spotted[index], truth[number]) >= least)
        pairs += [(index, number) for index in close][:1]
    false_alarms = len(seen) - len({index for index, _ in pairs})
    return pairs, false_alarms, len(asked) - len(pairs)


def _overlap_in_place(one: VideoInterval, other: VideoInterval) -> float:
    return overlap(one, other) if one.place == other.place else 0.0
