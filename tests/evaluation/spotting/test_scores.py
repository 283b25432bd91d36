import numpy as np
import pytest

from micron_bert.evaluation.spotting.scores import Candidate, Ranking, Spotted, TrueExpression, best_cut, score_videos
from micron_bert.metrics.spotting import score_spotting


def found(onset, offset, kind="micro", score=0.5, label="negative"):
    return Candidate(onset, (onset + offset) // 2, offset, kind, score, label)


def true(onset, offset, kind="micro", label="negative", amplitude=1.0):
    return TrueExpression(onset, offset, kind, label, amplitude)


def film(truth, candidates, video="a", minutes=1.0, subject="s"):
    return Spotted(subject, video, minutes, truth, candidates)


def test_counts_of_all_videos_and_kinds_are_added_up():
    videos = [
        film([true(10, 20), true(100, 160, "macro")], [found(10, 20), found(50, 60), found(100, 160, "macro")]),
        film([true(10, 20)], [found(16, 40)], "b"),
    ]
    scores = score_videos(videos)
    assert {kind: [scores[kind][n] for n in ("hits", "spotted", "truth")] for kind in ("micro", "macro", "all")} == {
        "micro": [1, 3, 2],
        "macro": [1, 1, 1],
        "all": [2, 4, 3],
    }
    assert scores["micro"]["f1"] == pytest.approx(2 / 5) and scores["all"]["f1"] == pytest.approx(4 / 7)
    assert scores["false_alarms_per_minute"] == 1.0


def test_a_database_without_macro_expressions_is_not_blamed_for_them():
    scores = score_videos([film([true(10, 20)], [found(10, 20), found(100, 160, "macro")])])
    assert scores["all"]["f1"] == scores["micro"]["f1"] == 1.0 and scores["macro"]["truth"] == 0


def test_calm_videos_count_every_alarm():
    videos = [
        film([true(10, 20)], [found(50, 60)]),
        film([true(5, 80, "macro")], [found(10, 20), found(50, 60), found(5, 80, "macro")], "b", minutes=0.5),
    ]
    scores = score_videos(videos)
    assert scores["calm_minutes"] == 0.5 and scores["calm_false_alarms_per_minute"] == 4.0
    assert "calm_false_alarms_per_minute" not in score_videos(videos[:1])


def test_recall_by_amplitude_and_what_is_clear():
    truth = [true(i * 100, i * 100 + 10, amplitude=size) for i, size in enumerate((0.19, 0.4, 0.6, 0.9, 1.9))]
    candidates = [found(0, 10), found(200, 210), found(400, 410), found(50, 60)]
    scores = score_videos([film(truth, candidates)])
    assert {name: (part["hits"], part["truth"]) for name, part in scores["recall_by_amplitude"].items()} == {
        "0.2-0.5": (1, 2),
        "0.5-1": (1, 2),
        "1-2": (1, 1),
    }
    # finding the faint one is no mistake, finding nothing at 50 is
    assert [scores["clear"][name] for name in ("hits", "spotted", "truth")] == [2, 3, 3]


def test_strs_leaves_expressions_without_a_class_aside():
    truth = [true(10, 20), true(100, 110, label="surprise"), true(200, 210, label=None)]
    right = [found(10, 20), found(100, 110, label="surprise")]
    assert score_videos([film(truth, right)])["strs"]["micro"]["strs"] == pytest.approx(1.0)
    scores = score_videos([film(truth, [*right, found(200, 210)])])
    assert scores["strs"]["micro"]["strs"] == pytest.approx(1.0)
    wrong = score_videos([film(truth, [found(10, 20, label="surprise"), *right[1:]])])
    assert wrong["strs"]["micro"]["strs"] < 0.7
    assert score_videos([film(truth, [found(10, 20, label=None)])])["strs"]["micro"] is None


def test_best_cut_is_the_best_of_all_that_can_be_tried():
    rng = np.random.default_rng(0)
    videos = []
    for name in "abc":
        starts = np.arange(8) * 50
        truth = [true(int(s), int(s) + 12) for s in starts[rng.random(8) < 0.6]]
        candidates = [
            found(int(s) + int(rng.integers(-6, 6)) + 6, int(s) + 18, score=round(float(rng.random()), 1))
            for s in starts
        ]
        videos.append(film(truth, candidates, name))

    def f1(cut):
        kept = [video.above({"micro": cut}) for video in videos]
        return score_spotting([i for v in kept for i in v.found("micro")], [i for v in kept for i in v.true("micro")])[
            "f1"
        ]

    cut, best = best_cut([Ranking.of(video, "micro") for video in videos])
    assert best == pytest.approx(f1(cut)) == max(f1(c / 10) for c in range(11)) > 0


def test_no_cut_where_nothing_hits():
    assert best_cut([Ranking.of(film([true(0, 10)], [found(500, 510)]), "micro")]) == (np.inf, 0.0)
    assert best_cut([]) == (np.inf, 0.0)
