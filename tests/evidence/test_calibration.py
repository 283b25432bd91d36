import numpy as np
import pytest
from scipy.special import softmax

from benchmarks.evidence.bootstrap import Sample
from benchmarks.evidence.calibration import calibration_error, temper_across_people
from micron_bert.metrics.calibration import expected_calibration_error, fit_temperature


@pytest.fixture
def calibrated():
    """Logits that mean what they say, and labels drawn from them."""
    rng = np.random.default_rng(0)
    logits = 1.5 * rng.normal(size=(20_000, 4))
    drawn = (softmax(logits, axis=1).cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    return logits, np.minimum(drawn, 3)


def test_interval_is_over_people(calibrated):
    logits, labels = (part[:2000] for part in calibrated)
    people = np.arange(2000) % 10
    score = calibration_error(3 * logits, labels, Sample(people, np.zeros(2000, int), 10, 200))
    assert score.value == pytest.approx(expected_calibration_error(3 * logits, labels))
    assert score.low < score.value < score.high and score.people == 10


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
