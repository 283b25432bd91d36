"""Folders that version 0.1 saved: they load with equal outputs, or are refused by the name of what is gone."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from micron_bert import MicronBertForPreTraining, MicronBertForVideoClassification, MicronBertModel

FOLDERS = Path(__file__).parent / "fixtures" / "first_form"
CLASSIFIERS = ["diagonal_pooled", "diagonal_positional", "full_pooled", "displaced_positional"]


def load(kind, name):
    """The model, its inputs, and what version 0.1 made of them."""
    stored = load_file(FOLDERS / name / "expected.safetensors")
    model, loading = kind.from_pretrained(FOLDERS / name, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["unexpected_keys"] and not loading["mismatched_keys"]
    expected = {key.removeprefix("expected_"): stored.pop(key) for key in list(stored) if key.startswith("expected_")}
    return model.eval(), stored, expected


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_recognition_gives_the_same_numbers(name):
    model, inputs, expected = load(MicronBertForVideoClassification, name)
    displacement = inputs.pop("displacement_label")
    output = model(**inputs, displacement=displacement)
    assert {"loss", "logits", "micro_map"} <= expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(output[key], value, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ["diagonal_pretraining", "displaced_pretraining"])
def test_pretraining_gives_the_same_numbers(name):
    model, inputs, expected = load(MicronBertForPreTraining, name)
    output = model(**inputs)
    assert {"loss", "reconstruction", "micro_map"} == expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(output[key], value, atol=1e-6, rtol=1e-5)


def test_folder_whose_classifier_is_gone_is_refused_by_its_name():
    with pytest.raises(Exception, match=r"(?s)`bilinear` is gone.*write `pooled` or `positional`"):
        MicronBertForVideoClassification.from_pretrained(FOLDERS / "diagonal_bilinear")


def test_way_out_keeps_the_encoder(tmp_path):
    config = json.loads((FOLDERS / "diagonal_bilinear" / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"classifier": "pooled"}))
    (tmp_path / "model.safetensors").write_bytes((FOLDERS / "diagonal_bilinear" / "model.safetensors").read_bytes())
    model, loading = MicronBertForVideoClassification.from_pretrained(
        tmp_path, output_loading_info=True, ignore_mismatched_sizes=True
    )
    assert all(name.startswith("classifier.") for name in loading["missing_keys"])
    base = MicronBertModel.from_pretrained(tmp_path)
    pixels = load_file(FOLDERS / "diagonal_bilinear" / "expected.safetensors")["pixel_values"]
    torch.testing.assert_close(model.micron_bert(pixels).micro_map, base(pixels).micro_map)


def test_saved_again_a_folder_has_the_new_form(tmp_path):
    MicronBertForVideoClassification.from_pretrained(FOLDERS / "displaced_positional").save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert not {"classifier_layers", "qkv_bias", "movement_weight", "crop_image_size"} & config.keys()


def test_other_values_of_what_is_gone_are_refused(tmp_path):
    config = json.loads((FOLDERS / "displaced_positional" / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"classifier_layers": 3}))
    with pytest.raises(Exception, match=r"(?s)`classifier_layers` is no longer an option"):
        MicronBertForVideoClassification.from_pretrained(tmp_path)
