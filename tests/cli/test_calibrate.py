"""`micron-bert calibrate`: the temperature goes into the weights, once."""

import json

import pytest
import torch

from micron_bert import MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.cli.main import main


@pytest.fixture
def model(mini_config, tmp_path):
    torch.manual_seed(0)
    MicronBertForVideoClassification(mini_config).save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_weights_are_calibrated_once(model, portraits, monkeypatch, capsys):
    monkeypatch.setattr("micron_bert.training.calibrate.load_portraits", lambda folders, size: portraits)
    command = ["calibrate", str(model), "--faces", "faces", "--pairs", "40", "--test-fraction", "0.7"]
    assert main(command) == 0
    record = json.loads((model / "calibration.json").read_text(encoding="utf-8"))
    assert f"temperature {record['temperature']:.2f}" in capsys.readouterr().out
    assert main(command) == 2
    error = capsys.readouterr().err
    assert "is calibrated already" in error and error.count("\n") == 1


def test_folder_without_a_model_is_refused(tmp_path, capsys):
    assert main(["calibrate", str(tmp_path), "--faces", "faces"]) == 2
    error = capsys.readouterr().err
    assert "There is no model in" in error and error.count("\n") == 1
