import itertools

import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.metrics import VideoInterval, match_intervals, overlap, score_spotting, spotting_f1


def intervals(*bounds, video="v"):
    return [VideoInterval("s", video, *pair) for pair in bounds]


def test_overlap_counts_both_end_frames():
    rng = np.random.default_rng(0)
    for onsets in rng.integers(0, 30, (200, 2)):
        one, other = (VideoInterval("s", "v", int(onset), int(onset + rng.integers(0, 30))) for onset in onsets)
        frames = [set(range(each.onset, each.offset + 1)) for each in (one, other)]
        assert overlap(one, other) == pytest.approx(len(frames[0] & frames[1]) / len(frames[0] | frames[1]))


# spotted, true and hit intervals of the MEGC 2020 baseline (MDMD): micro and macro, CAS(ME)^2 and SAMM Long Videos
@pytest.mark.parametrize(
    "hits, spotted, truth, printed",
    [(21, 5035, 57, 0.0082), (109, 1523, 300, 0.1196), (29, 1436, 159, 0.0364), (22, 356, 343, 0.0629)]
    + [(130, 6558, 357, 0.0376), (51, 1792, 502, 0.0445)],
)
def test_published_counts_give_the_published_f1(hits, spotted, truth, printed):
    recall, precision = hits / truth, hits / spotted
    assert spotting_f1(hits, spotted, truth) == pytest.approx(2 * recall * precision / (recall + precision), abs=1e-9)
    assert round(spotting_f1(hits, spotted, truth), 4) == printed


def test_half_is_enough():
    assert match_intervals(intervals((10, 19)), intervals((10, 14))) == [(0, 0)]
    assert match_intervals(intervals((10, 20)), intervals((10, 14))) == []


def test_true_interval_is_hit_once_only():
    scores = score_spotting(intervals((10, 20), (11, 21), (12, 22)), intervals((10, 20)))
    assert (scores["hits"], scores["spotted"], scores["truth"]) == (1, 3, 1)
    assert scores["f1"] == pytest.approx(0.5) and scores["recall"] == 1 and scores["precision"] == pytest.approx(1 / 3)


def test_one_prediction_does_not_hit_two_neighbours():
    assert len(match_intervals(intervals((1, 4)), intervals((1, 2), (3, 4)))) == 1


def test_as_many_pairs_as_there_can_be():
    rng = np.random.default_rng(1)
    for _ in range(60):
        spotted, truth = (
            intervals(*((int(a), int(a + rng.integers(2, 9))) for a in rng.integers(0, 12, 4))) for _ in range(2)
        )
        most = max(
            sum(overlap(spotted[index], true) >= 0.5 for index, true in zip(order, truth, strict=True))
            for order in itertools.permutations(range(4))
        )
        assert len(match_intervals(spotted, truth)) == most


def test_videos_are_pooled_and_kept_apart():
    truth = intervals((0, 9)) + intervals((0, 9), video="w")
    spotted = intervals((0, 9), (0, 9)) + intervals((50, 60), video="w")
    scores = score_spotting(spotted, truth)
    assert (scores["hits"], scores["f1"]) == (1, pytest.approx(2 / 5))
    assert match_intervals([VideoInterval("a", "v", 0, 9)], [VideoInterval("b", "v", 0, 9)]) == []


def test_nothing_spotted_scores_zero():
    assert score_spotting([], intervals((0, 9)))["f1"] == 0 == score_spotting([], [])["f1"]


def test_impossible_input_is_named():
    with pytest.raises(InputError, match="before its onset `9`"):
        VideoInterval("s", "v", 9, 3)
    with pytest.raises(InputError, match="`5` hits"):
        spotting_f1(5, 4, 10)
