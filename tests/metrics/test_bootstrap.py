import numpy as np
import pytest

from micron_bert import metrics
from micron_bert.metrics.bootstrap import class_scores, confusions_by_person, interval, resample


def test_as_scores_of_the_samples_repeated_as_often_as_their_people_are_drawn():
    rng = np.random.default_rng(0)
    labels, predictions, people = rng.integers(0, 3, 50), rng.integers(0, 4, 50), rng.integers(0, 5, 50)
    weights = rng.integers(1, 3, (4, 5))
    scores = class_scores(weights, confusions_by_person(labels, predictions, people, 4, 5))
    for place, row in enumerate(weights):
        rows = np.repeat(np.arange(50), row[people])
        assert scores["uf1"][place] == pytest.approx(metrics.unweighted_f1(labels[rows], predictions[rows], 4))
        expected = metrics.unweighted_average_recall(labels[rows], predictions[rows], 4)
        assert scores["uar"][place] == pytest.approx(expected)
        assert scores["accuracy"][place] == pytest.approx(metrics.accuracy(labels[rows], predictions[rows]))


def test_as_many_people_are_drawn_as_there_are_and_nobody_else():
    weights = resample(np.array([0, 2, 2, 3]), draws=500, count=5)
    assert weights.shape == (500, 5) and (weights.sum(axis=1) == 3).all()
    assert not weights[:, [1, 4]].any() and 0.8 < weights[:, 2].mean() < 1.2
    np.testing.assert_array_equal(weights, resample(np.array([0, 2, 2, 3]), draws=500, count=5))


def test_interval_leaves_out_what_is_not_finite():
    assert interval(np.array([np.nan, *range(101)])) == pytest.approx((2.5, 97.5))
