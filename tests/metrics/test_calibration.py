import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss as sklearn_log_loss

from micron_bert.metrics.calibration import expected_calibration_error, fit_temperature, log_loss, reliability


@pytest.fixture
def honest():
    """Logits and labels drawn from their own probabilities."""
    rng = np.random.default_rng(0)
    logits = 2 * rng.standard_normal((20_000, 4))
    chosen = (softmax(logits, axis=1).cumsum(axis=1) < rng.random((len(logits), 1))).sum(axis=1)
    return logits, chosen


def test_honest_probabilities_have_no_error_and_loud_ones_have(honest):
    logits, labels = honest
    assert expected_calibration_error(logits, labels) < 0.02
    assert expected_calibration_error(3 * logits, labels) > 0.1


def test_temperature_finds_how_loud_the_logits_are(honest):
    logits, labels = honest
    assert fit_temperature(3 * logits, labels) == pytest.approx(3, rel=0.05)
    assert fit_temperature(logits / 2, labels) == pytest.approx(0.5, rel=0.05)


def test_weights_count_samples_several_times(honest):
    logits, labels = (part[:500] for part in honest)
    weights = np.where(labels == 0, 3, 1)
    repeated = np.repeat(np.arange(500), weights)
    assert expected_calibration_error(2 * logits, labels, weights) == pytest.approx(
        expected_calibration_error(2 * logits[repeated], labels[repeated])
    )


def test_error_of_one_bin_by_hand():
    logits, labels = np.log([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1])
    assert expected_calibration_error(logits, labels) == pytest.approx(0.4)
    curve = reliability(logits, labels)
    assert (curve.counts[13], curve.accuracy[13]) == (2, 0.5) and np.isnan(curve.accuracy[0])


def test_several_weightings_at_once(honest):
    logits, labels = (part[:500] for part in honest)
    weights = np.random.default_rng(1).integers(0, 3, (4, 500))
    each = [expected_calibration_error(logits, labels, row) for row in weights]
    np.testing.assert_allclose(expected_calibration_error(logits, labels, weights), each)


def test_log_loss_as_scikit_learn(honest):
    logits, labels = (part[:100] for part in honest)
    assert log_loss(logits, labels).mean() == pytest.approx(sklearn_log_loss(labels, softmax(logits, axis=1)))
