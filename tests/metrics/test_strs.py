import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from micron_bert.errors import InputError
from micron_bert.metrics import VideoInterval, spot_then_recognize

# the example that the authors of the metric print; its result is 0.2
SPOTTED = [
    VideoInterval("1", "EP02_01f", 10, 70, "happiness"),
    VideoInterval("1", "EP03_02", 100, 170, "others"),
    VideoInterval("1", "EP04_02", 0, 70, "others"),
    VideoInterval("2", "EP01_11f", 20, 90, "happiness"),
    VideoInterval("2", "EP02_04f", 70, 140, "happiness"),
]
TRUTH = [
    VideoInterval("1", "EP02_01f", 45, 85, "happiness"),
    VideoInterval("1", "EP03_02", 130, 160, "others"),
    VideoInterval("1", "EP04_02", 20, 75, "others"),
    VideoInterval("2", "EP01_11f", 45, 95, "repression"),
    VideoInterval("2", "EP02_04f", 30, 140, "repression"),
]


@pytest.mark.parametrize("official", [False, True])
def test_printed_example(official):
    scores = spot_then_recognize(SPOTTED, TRUTH, official=official)
    assert scores["strs"] == pytest.approx(0.2, abs=1e-9)
    assert scores["spotting_f1"] == pytest.approx(0.6, abs=1e-9)
    assert (scores["hits"], scores["false_alarms"], scores["missed"]) == (3, 2, 2)


def test_published_products():
    # MEGC 2025 baseline: two of nine emotions' worth of macro precision and recall, times the F1 of spotting
    truth = [VideoInterval("s", f"v{n}", 0, 9, f"emotion{n % 9}") for n in range(9)]
    spotted = [VideoInterval("s", f"v{n}", 0, 9, one.emotion if n < 2 else "emotion0") for n, one in enumerate(truth)]
    analysis = spot_then_recognize(spotted, truth)
    assert round(0.0278 * 0.2222, 4) == 0.0062 and round(0.0387 * 0.2222, 4) == 0.0086
    precision, recall = (1 / 8 + 1) / 9, 2 / 9
    assert analysis["analysis_f1"] == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-9)
    assert analysis["strs"] == pytest.approx(analysis["spotting_f1"] * analysis["analysis_f1"], abs=1e-12)


def test_analysis_matches_sklearn():
    rng = np.random.default_rng(0)
    names = ["anger", "fear", "joy", "surprise"]
    wanted, named = rng.integers(0, 4, 80), rng.integers(0, 4, 80)
    truth = [VideoInterval("s", str(n), 0, 9, names[one]) for n, one in enumerate(wanted)]
    spotted = [VideoInterval("s", str(n), 0, 9, names[one]) for n, one in enumerate(named)]
    scores = spot_then_recognize(spotted, truth)
    precision = precision_score(wanted, named, average="macro")
    recall = recall_score(wanted, named, average="macro")
    assert scores["precision"] == pytest.approx(precision, abs=1e-9)
    assert scores["recall"] == scores["uar"] == pytest.approx(recall, abs=1e-9)
    assert scores["uf1"] == pytest.approx(f1_score(wanted, named, average="macro"), abs=1e-9)
    assert scores["strs"] == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-9)


def test_official_scorer_passes_over_what_the_right_count_sees():
    spotted = [VideoInterval("1", "a", 1, 4, "joy"), VideoInterval("1", "empty", 0, 9, "joy")]
    truth = [
        VideoInterval("1", "a", 1, 2, "joy"),
        VideoInterval("1", "a", 3, 4, "fear"),
        VideoInterval("2", "b", 0, 9, "fear"),
    ]
    right, official = (spot_then_recognize(spotted, truth, official=flag) for flag in (False, True))
    assert (right["hits"], right["false_alarms"], right["missed"]) == (1, 1, 2)
    # one prediction hits both neighbours; nobody asks for subject 2 or the video without a true interval
    assert (official["hits"], official["false_alarms"], official["missed"]) == (2, 0, 0)
    assert official["spotting_f1"] == 1 and right["spotting_f1"] == pytest.approx(2 / 5)
    assert official["uar"] == official["precision"] == pytest.approx(0.25)


def test_official_scorer_gives_nothing_for_one_emotion():
    one = [VideoInterval("1", "a", 0, 9, "joy")]
    assert spot_then_recognize(one, one)["strs"] == 1 and spot_then_recognize(one, one, official=True)["strs"] == 0


def test_no_hit_scores_zero():
    assert spot_then_recognize([], TRUTH)["strs"] == 0 == spot_then_recognize([], TRUTH, official=True)["strs"]


def test_emotion_is_needed():
    with pytest.raises(InputError, match="no emotion"):
        spot_then_recognize([VideoInterval("1", "a", 0, 9)], TRUTH)
