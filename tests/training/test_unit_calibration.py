import json

import numpy as np
import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.errors import InputError
from micron_bert.labels.emotions import LABELS
from micron_bert.training import unit_calibration as room
from micron_bert.training.unit_calibration import best_sharing, best_threshold, calibrate_action_units, platt


def test_curve_and_threshold_are_those_of_the_data():
    rng = np.random.default_rng(0)
    right = rng.standard_normal(6000) * 2 - 1
    moved = (rng.random(6000) < 1 / (1 + np.exp(-right))).astype(float)
    slope, intercept = platt((right - 3) / 2, moved)
    assert slope == pytest.approx(2, abs=0.2) and intercept == pytest.approx(3, abs=0.3)
    assert 0.25 < best_threshold(right, moved) < 0.55, "the best F1 lies below one half where a unit is rare"
    assert platt(right, np.zeros(6000)) == (1.0, 0.0) and best_threshold(right, np.zeros(6000)) == 0.5
    assert platt(-right, moved) == (1.0, 0.0), "a head is never turned around"


def test_sides_are_shared_where_units_move_on_one_side_together():
    rng = np.random.default_rng(0)
    moved = rng.random((400, 6)) < 0.5

    def best(side, clips=400):
        said = 1.5 * np.random.default_rng(1).standard_normal((400, 6, 3)) + 2 * (np.arange(3) == side[..., None])
        truth = np.stack([moved, np.where(moved, side, np.nan), np.ones(moved.shape)], axis=-1)
        return best_sharing(said[:clips], moved[:clips].astype(float), truth[:clips])

    together, alone = rng.integers(0, 3, (400, 1)).repeat(6, axis=1), rng.integers(0, 3, (400, 6))
    assert best(together)[0] >= 0.5
    assert best(alone)[0] == 0, "units that move each on a side of their own say nothing of each other"
    assert best(together, clips=5) == (0.0, 0.0)


@pytest.fixture
def model(mini_sizes, tmp_path):
    config = MicronBertConfig(
        **{**mini_sizes, "classifier": "positional"}, id2label=dict(enumerate(LABELS)), action_units=["4", "7", "12"]
    )
    torch.manual_seed(0)
    MicronBertForVideoClassification(config).save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_it_goes_into_weights_and_configuration_once(model, portraits, monkeypatch):
    monkeypatch.setattr(room, "load_portraits", lambda folders, size: portraits)
    pixels = torch.randn(1, 2, 3, 32, 32)
    before = MicronBertForVideoClassification.from_pretrained(model).eval()(pixels)
    result = calibrate_action_units(model, ["faces"], pairs=60, test_fraction=0.7)
    network = MicronBertForVideoClassification.from_pretrained(model).eval()
    after = network(pixels)
    assert [unit["threshold"] for unit in result["by_unit"].values()] == list(network.config.action_unit_thresholds)
    assert torch.equal(before.logits, after.logits)
    assert torch.equal(network.action_units.side_calibration, torch.tensor(result["side_calibration"]))
    assert torch.equal(before.action_unit_intensity, after.action_unit_intensity)
    assert json.loads((model / "action_units.json").read_text()) == result
    with pytest.raises(InputError, match="calibrated already"):
        calibrate_action_units(model, ["faces"], pairs=60)
