import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from micron_bert.errors import InputError
from micron_bert.metrics import (
    accuracy,
    confusion_matrix,
    unweighted_average_recall,
    unweighted_f1,
    weighted_f1,
)


@pytest.fixture(params=[3, 4, 7])
def scored(request):
    rng = np.random.default_rng(request.param)
    labels = rng.integers(0, request.param, 200)
    predictions = np.where(rng.random(200) < 0.5, labels, rng.integers(0, request.param, 200))
    return labels, predictions, request.param


def test_confusion_matrix_matches_sklearn(scored):
    labels, predictions, classes = scored
    expected = sklearn_metrics.confusion_matrix(labels, predictions, labels=range(classes))
    np.testing.assert_array_equal(confusion_matrix(labels, predictions, classes), expected)


def test_uf1_and_uar_match_sklearn(scored):
    labels, predictions, classes = scored
    settings = {"average": "macro", "labels": range(classes), "zero_division": 0}
    f1 = sklearn_metrics.f1_score(labels, predictions, **settings)
    recall = sklearn_metrics.recall_score(labels, predictions, **settings)
    assert unweighted_f1(labels, predictions, classes) == pytest.approx(f1, abs=1e-12)
    assert unweighted_average_recall(labels, predictions, classes) == pytest.approx(recall, abs=1e-12)
    assert accuracy(labels, predictions) == pytest.approx(sklearn_metrics.accuracy_score(labels, predictions))


def test_absent_class_counts_as_zero():
    labels, predictions = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])
    assert unweighted_f1(labels, predictions, 2) == 1.0
    assert unweighted_f1(labels, predictions, 4) == 0.5
    assert unweighted_average_recall(labels, predictions, 4) == 0.5


def test_predicted_class_that_does_not_occur_is_a_false_positive():
    labels, predictions = np.array([0, 0, 0, 0]), np.array([0, 0, 2, 2])
    expected = sklearn_metrics.f1_score(labels, predictions, average="macro", labels=[0, 1, 2], zero_division=0)
    assert unweighted_f1(labels, predictions, 3) == pytest.approx(expected)


def test_weighted_f1_matches_sklearn(scored):
    labels, predictions, classes = scored
    expected = sklearn_metrics.f1_score(labels, predictions, average="weighted", labels=range(classes))
    assert weighted_f1(labels, predictions, classes) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "labels, predictions, classes, said",
    [
        ([], [], 3, "not empty"),
        ([0, 1], [0], 3, "equally long"),
        ([0, 3], [0, 1], 3, "0..2"),
        ([0, -1], [0, 1], 3, "0..2"),
        ([0.5, 1.0], [0, 1], 3, "integers"),
    ],
)
def test_unusable_input_is_named(labels, predictions, classes, said):
    with pytest.raises(InputError, match=said):
        unweighted_f1(labels, predictions, classes)
