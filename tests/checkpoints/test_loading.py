"""A damaged or contradicting folder is refused in one sentence that names it."""

import json
import shutil

import pytest

from micron_bert.checkpoints.loading import load_checkpoint, reason_of
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(shipped_checkpoint(), tmp_path / "model")
    return tmp_path / "model"


def changed(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def halved(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES = {
    "half of the weights": halved,
    "no header": lambda folder: (folder / "model.safetensors").write_bytes(b"weights"),
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "labels as a list": lambda folder: changed(folder, id2label=["negative", "positive"]),
    "an unknown type": lambda folder: changed(folder, dtype="float8"),
    "no layers": lambda folder: changed(folder, num_hidden_layers=-1),
    "a dropout that is no number": lambda folder: changed(folder, classifier_dropout="much"),
    "no JSON": lambda folder: (folder / "config.json").write_text("{"),
    "a list as processor": lambda folder: (folder / "preprocessor_config.json").write_text("[]"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_folders_are_refused_in_a_sentence(folder, damage):
    DAMAGES[damage](folder)
    with pytest.raises(InputError, match="cannot be loaded as a fine-tuned") as refused:
        load_checkpoint(folder)
    assert str(folder) in str(refused.value) and "\n" not in str(refused.value)


def test_what_ships_loads():
    model, processor = load_checkpoint()
    assert model.config.image_size == processor.size["height"]


def test_reason_is_the_line_that_says_something():
    assert (
        reason_of(ValueError("Class validation error for 'check':\n    ValueError: `a` must be 1."))
        == "`a` must be 1."
    )
    assert reason_of(KeyError()) == "KeyError"
