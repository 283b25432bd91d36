import numpy as np
import pytest

from micron_bert.model.unit_reading_micron_bert import UnitReading, UnitScores, unclaimed, unit_readings
from micron_bert.recognition.units import codes, describe_unit, shown, to_json

READINGS = (
    UnitReading("12", "left", 0.93, 0.7, True),
    UnitReading("4", "both", 0.914, 1.2, True),
    UnitReading("17", "both", 0.2, 1.0, False),
)


def test_a_unit_is_told_with_name_side_and_probability():
    assert describe_unit(READINGS[1]) == "AU4 brow lowerer, both, .91"
    assert describe_unit(UnitReading("12", "left", 1.0, 1.0, True)) == "AU12 lip corner puller, left, .99"


def test_codes_are_those_of_the_sheets_and_only_of_what_is_shown():
    assert codes(READINGS) == "4+L12"
    assert codes(unclaimed(READINGS)) == codes(None) == ""
    assert [one["number"] for one in to_json(READINGS) if one["shown"]] == ["12", "4"]


def test_thresholds_of_the_model_decide_what_is_shown():
    scores = UnitScores(np.array([[0.0, 0.0]]), np.array([[[0, 1, 0], [0, 0, 1.0]]]), np.ones((1, 2)))
    readings = {one.number: one for one in unit_readings(scores, 0, ["4", "12"], [0.3, 0.8])}
    assert readings["4"].shown and readings["4"].side == "left" and readings["4"].probability == pytest.approx(0.5)
    assert not readings["12"].shown and readings["12"].side == "right"
    assert shown(None) == [] and unit_readings(None, 0, [], []) is None
