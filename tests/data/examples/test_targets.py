import datasets
import numpy as np

from micron_bert.data.examples.targets import stored_units, unit_truth
from micron_bert.synthesis.motion.units import UnitActivation


def test_truth_of_synthesised_units():
    truth = unit_truth([UnitActivation(12, 0.75, "right"), UnitActivation(16)], ["4", "12"])
    np.testing.assert_array_equal(truth, [[0, np.nan, np.nan], [1, 2, 0.75]])


def test_truth_of_stored_units_in_every_form():
    rows = [[{"number": 4, "side": "left", "intensity": "B"}], [], None]
    stored = datasets.Dataset.from_dict({"action_units": rows})
    truth = stored_units(stored, ["4", "12"])
    np.testing.assert_array_equal(truth[:, :, 0], [[1, 0], [0, 0], [np.nan, np.nan]])
    assert truth[0, 0, 1] == 1 and np.isnan(truth[0, 0, 2]), "a letter is no intensity next to other units"
    codes = datasets.Dataset.from_dict({"action_units": [["R12A", "U4"]]})
    np.testing.assert_array_equal(stored_units(codes, ["4", "12"])[0, :, :2], [[1, np.nan], [1, 2]])
    assert stored_units(codes, []) is None
