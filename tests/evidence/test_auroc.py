import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks.evidence.auroc import FixedPositions, pair_auroc
from micron_bert.metrics.bootstrap import resample


@pytest.fixture
def maps():
    """Scores with ties, truth, and whom 120 pairs of 7 people show."""
    rng = np.random.default_rng(0)
    truth = rng.random((120, 9)) < 0.4
    scores = np.round(rng.normal(size=truth.shape) + truth, 1)
    return scores, truth, rng.integers(0, 7, 120)


def test_within_pairs_as_scikit_learn(maps):
    scores, truth, _ = maps
    expected = [roc_auc_score(t, s) if 0 < t.sum() < len(t) else np.nan for s, t in zip(scores, truth, strict=True)]
    np.testing.assert_allclose(pair_auroc(scores, truth), expected)


def test_a_pair_without_movement_has_no_score():
    assert np.isnan(pair_auroc(np.ones((1, 4)), np.zeros((1, 4), bool))).all()


def test_at_fixed_position_as_scikit_learn(maps):
    scores, truth, people = maps
    expected = np.mean([roc_auc_score(truth[:, p], scores[:, p]) for p in range(9)])
    positions = FixedPositions(scores, truth, people, 7)
    assert positions.auroc(np.ones((1, 7)))[0] == pytest.approx(expected, abs=1e-6)


def test_people_drawn_twice_count_twice(maps):
    scores, truth, people = maps
    weights = resample(people, 5, 7)
    values = FixedPositions(scores, truth, people, 7).auroc(weights)
    for row, value in zip(weights, values, strict=True):
        rows = np.repeat(np.arange(120), row[people].astype(int))
        expected = np.mean([roc_auc_score(truth[rows, p], scores[rows, p]) for p in range(9)])
        assert value == pytest.approx(expected, abs=1e-5)


def test_a_map_that_never_looks_gains_nothing(maps):
    _, truth, people = maps
    truth = truth | (np.arange(9) < 4)
    truth[::3, :4] = False
    prior = np.tile(truth.mean(axis=0), (120, 1))
    assert np.nanmean(pair_auroc(prior, truth)) > 0.6
    assert FixedPositions(prior, truth, people, 7).auroc(np.ones((1, 7)))[0] == 0.5


def test_places_that_hardly_ever_move_do_not_count(maps):
    scores, truth, people = maps
    truth = truth.copy()
    truth[:, 0] = np.arange(120) < 19
    assert FixedPositions(scores, truth, people, 7).used.tolist() == [False, *[True] * 8]
    assert np.isnan(FixedPositions(scores[:10], truth[:10], people[:10], 7).auroc(np.ones((1, 7)))).all()
