import numpy as np
import pytest
from sklearn.metrics import f1_score

from micron_bert.training.scores import score_action_units, score_classes, score_unit_head

NAMES = ["negative", "positive", "surprise", "none"]


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 300)
    logits = rng.normal(size=(300, 4)) + 1.5 * np.eye(4)[labels]
    amplitudes = np.where(labels == 3, 0.0, rng.uniform(0.3, 2.5, 300))
    return logits, labels, amplitudes


def test_parts_match_sklearn(scored):
    logits, labels, amplitudes = scored
    scores = score_classes(logits, labels, NAMES, amplitudes)
    assert scores["uf1"] == pytest.approx(f1_score(labels, logits.argmax(1), average="macro"))
    # without `none`: the samples with an expression, among the other classes
    shown = labels < 3
    expected = f1_score(labels[shown], logits[shown, :3].argmax(1), average="macro")
    assert scores["without_none"]["uf1"] == pytest.approx(expected)
    inside = shown & (amplitudes >= 0.6) & (amplitudes < 1.2)
    part = scores["by_amplitude"]["0.6-1.2"]
    assert part["samples"] == inside.sum()
    assert part["uf1"] == pytest.approx(f1_score(labels[inside], logits[inside, :3].argmax(1), average="macro"))


def test_bins_cover_all_expressions(scored):
    logits, labels, amplitudes = scored
    scores = score_classes(logits, labels, NAMES, amplitudes)
    assert sum(part["samples"] for part in scores["by_amplitude"].values()) == (labels < 3).sum()
    # the upper bound itself belongs to the last bin
    amplitudes[:] = 2.5
    scores = score_classes(logits, labels, NAMES, amplitudes)
    assert scores["by_amplitude"]["1.2-2.5"]["samples"] == (labels < 3).sum()


def test_classes_without_none_have_no_such_part(scored):
    logits, labels, _ = scored
    assert "without_none" not in score_classes(logits, labels, ["a", "b", "c", "d"])


def test_action_units_are_present_above_zero():
    logits, labels = np.array([[1.0, -1], [2, 3], [-1, -2]]), np.array([[1.0, 0], [0, 1], [1, 0]])
    scores = score_action_units(logits, labels, ["4", "12"])
    assert scores["by_action_unit"] == {"4": 0.5, "12": 1.0} and scores["action_unit_f1"] == 0.75


def test_unit_head_is_scored_over_the_units_that_occur():
    truth = np.array([[[1, 1, 1.0], [0, np.nan, np.nan]], [[1, 0, 1.0], [0, np.nan, np.nan]], [[np.nan] * 3] * 2])
    logits = np.array([[2.0, -1], [-0.5, -1], [9, 9]])
    sides = np.zeros((3, 2, 3))
    sides[0, 0, 1] = sides[1, 0, 2] = 1
    scores = score_unit_head(logits, sides, truth, ["4", "12"])
    assert scores["f1"]["4"] == scores["macro_f1"] == 2 / 3 and scores["samples"] == 2
    assert scores["side_accuracy"] == 0.5 and scores["one_sided_accuracy"] == 1.0
    assert score_unit_head(logits, sides, truth, ["4", "12"], [0.3, 0.5])["macro_f1"] == 1.0
