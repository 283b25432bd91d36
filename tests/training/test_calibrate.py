import json
from pathlib import Path

import numpy as np
import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.errors import InputError
from micron_bert.labels.emotions import LABELS
from micron_bert.training import calibrate as room
from micron_bert.training import calibration_record as folder_of
from micron_bert.training.calibrate import calibrate, false_alarm_rate, none_offset


def test_offset_brings_false_alarms_to_the_share_that_is_allowed():
    rng = np.random.default_rng(0)
    logits, labels = rng.standard_normal((4000, 4)), np.full(4000, LABELS.index("none"))
    offset = none_offset(logits, labels, 0.05)
    assert false_alarm_rate(logits, labels) > 0.7
    assert false_alarm_rate(logits + [0, 0, 0, offset], labels) == pytest.approx(0.05, abs=0.001)
    assert none_offset(logits + [0, 0, 0, 10], labels, 0.05) == 0, "never in favour of an expression"


@pytest.fixture
def model(mini_sizes, tmp_path):
    config = MicronBertConfig(**mini_sizes, id2label=dict(enumerate(LABELS)))
    torch.manual_seed(0)
    network = MicronBertForVideoClassification(config)
    with torch.no_grad():
        network.classifier.clip.out_proj.weight *= 1e5  # far too sure of itself
    network.save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_what_was_fitted_is_in_the_weights_and_in_the_record(model, portraits, monkeypatch):
    monkeypatch.setattr(room, "load_portraits", lambda folders, size: portraits)
    before = MicronBertForVideoClassification.from_pretrained(model).classifier.clip.out_proj
    result = calibrate(model, ["faces"], pairs=40, test_fraction=0.7)
    after = MicronBertForVideoClassification.from_pretrained(model).classifier.clip.out_proj
    assert result["temperature"] > 1
    torch.testing.assert_close(after.weight, before.weight / result["temperature"])
    shift = after.bias - before.bias / result["temperature"]
    torch.testing.assert_close(shift, torch.tensor([0, 0, 0, result["none_offset"]]))
    errors = result["expected_calibration_error"]
    assert errors["after"] < errors["before"], errors
    assert json.loads((model / "calibration.json").read_text()) == result
    with pytest.raises(InputError, match="is calibrated already"):
        calibrate(model, ["faces"], pairs=40)


def test_what_is_no_such_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="There is no model in"):
        calibrate(tmp_path, ["faces"])


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_killed_while_files_take_their_places_it_is_finished_and_not_applied_twice(
    model, portraits, monkeypatch, moved
):
    monkeypatch.setattr(room, "load_portraits", lambda folders, size: portraits)
    before = MicronBertForVideoClassification.from_pretrained(model).classifier.clip.out_proj.weight
    replace, calls = folder_of.os.replace, []

    def die(source, target):
        if folder_of.CALIBRATED in Path(source).parts:
            calls.append(source)
            if len(calls) > moved:
                raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(folder_of.os, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        calibrate(model, ["faces"], pairs=40, test_fraction=0.7)
    monkeypatch.setattr(folder_of.os, "replace", replace)
    result = calibrate(model, ["faces"], pairs=40, test_fraction=0.7)
    after = MicronBertForVideoClassification.from_pretrained(model).classifier.clip.out_proj.weight
    torch.testing.assert_close(after, before / result["temperature"])
    assert json.loads((model / "calibration.json").read_text()) == result
    assert not [path for path in model.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("text", ["{", "3", "[" * 100_000, ""])
def test_a_damaged_record_is_named(text, tmp_path):
    (tmp_path / "calibration.json").write_text(text)
    with pytest.raises(InputError, match="calibration.json` is damaged; delete it and calibrate again"):
        folder_of.read_record(tmp_path, "calibration.json")
