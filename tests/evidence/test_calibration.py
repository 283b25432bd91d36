import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss as sklearn_log_loss

from benchmarks.evidence.calibration import fit_temperature, log_loss, reliability, temper_across_people


@pytest.fixture
def calibrated():
    """Logits that mean what they say, and labels drawn from them."""
    rng = np.random.default_rng(0)
    logits = 1.5 * rng.normal(size=(20_000, 4))
    drawn = (softmax(logits, axis=1).cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    return logits, np.minimum(drawn, 3)


def test_calibrated_probabilities_have_no_error(calibrated):
    assert reliability(*calibrated).error < 0.012


def test_error_of_one_bin_by_hand():
    logits = np.log([[0.9, 0.1], [0.9, 0.1]])
    assert reliability(logits, np.array([0, 1])).error == pytest.approx(0.4)


def test_temperature_is_found_again(calibrated):
    logits, labels = calibrated
    assert fit_temperature(3 * logits, labels) == pytest.approx(3, rel=0.05)


def test_log_loss_as_scikit_learn(calibrated):
    logits, labels = (part[:100] for part in calibrated)
    assert log_loss(logits, labels).mean() == pytest.approx(sklearn_log_loss(labels, softmax(logits, axis=1)))


def test_nobody_is_tempered_by_their_own_pairs(calibrated):
    logits, labels = (part[:2000] for part in calibrated)
    people = np.arange(2000) % 10
    tempered, temperatures = temper_across_people(3 * logits, labels, people)
    changed = 3 * logits / tempered
    for person in range(10):
        own = changed[people == person]
        assert np.ptp(own) < 1e-6
        other = ~np.isclose(changed[:, 0], own[0, 0])
        assert fit_temperature(3 * logits[other], labels[other]) == pytest.approx(own[0, 0], rel=1e-6)
    assert len(temperatures) == 2
