import numpy as np
import pytest
from sklearn.metrics import f1_score

from micron_bert.errors import InputError
from micron_bert.metrics import action_unit_averages, action_unit_f1


@pytest.fixture
def units():
    rng = np.random.default_rng(0)
    labels, predictions = rng.random((60, 5)) < 0.3, rng.random((60, 5)) < 0.4
    labels[:, 4] = predictions[:, 4] = False
    return labels, predictions


def test_action_unit_f1_matches_sklearn(units):
    labels, predictions = units
    expected = f1_score(labels, predictions, average=None, zero_division=0)
    np.testing.assert_allclose(action_unit_f1(labels, predictions), expected, atol=1e-12)


def test_both_averages_match_sklearn(units):
    labels, predictions = units
    datasets = np.array(["casme", "samm", "mmew"])[np.arange(60) % 3]
    over_units, over_datasets = action_unit_averages(labels, predictions, datasets)
    assert over_units == pytest.approx(f1_score(labels, predictions, average="macro", zero_division=0), abs=1e-9)
    parts = [f1_score(labels[part::3], predictions[part::3], average="macro", zero_division=0) for part in range(3)]
    assert over_datasets == pytest.approx(np.mean(parts), abs=1e-9)


def test_every_sample_needs_a_dataset(units):
    with pytest.raises(InputError, match="one dataset for each of the `60`"):
        action_unit_averages(*units, ["casme"])
