"""A damaged or contradicting folder is refused in one sentence that names it."""

import json
import shutil

import pytest
import torch

from micron_bert.checkpoints.loading import load_checkpoint, reason_of
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification
from micron_bert.model.saving_micron_bert import name_today


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(shipped_checkpoint(), tmp_path / "model")
    return tmp_path / "model"


def changed(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def processor(folder, **fields):
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def indexed(folder, name):
    """Weights in several files, by an index."""
    (folder.parent / "other").mkdir()
    shutil.move(folder / "model.safetensors", folder.parent / "other" / "model.safetensors")
    places = [] if name is None else {"micron_bert.embeddings.cls_token": name}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))


def halved(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def changed_weight(folder, number):
    """One weight becomes another number, as a flipped bit makes it."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    next(tensor for tensor in weights.values() if tensor.dim() > 1).view(-1)[0] = number
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def test_head_for_units_from_before_the_sides_were_shared_tells_each_by_itself(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights["action_units.side_calibration"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    network, _ = load_checkpoint(str(folder))
    assert network.action_units.side_calibration.tolist() == [0, 0]
    assert torch.equal(network.action_units.calibration, weights["action_units.calibration"])


def whole_numbers(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    name = next(iter(weights))
    save_file(weights | {name: weights[name].int()}, folder / "model.safetensors", metadata={"format": "pt"})


FOUR = ("negative", "positive", "surprise", "none")
DAMAGES = {
    "weights that are whole numbers": whole_numbers,
    "a label that stands twice": lambda folder: changed(folder, id2label=dict(enumerate(("a", "a", "b", "none")))),
    "a label that is a list": lambda folder: changed(folder, id2label=dict(enumerate([name] for name in FOUR))),
    "a label without a name": lambda folder: changed(folder, id2label=dict(enumerate((" ", *FOUR[1:])))),
    "a model of another type": lambda folder: changed(folder, model_type="bert"),
    "an unknown activation": lambda folder: changed(folder, hidden_act="nope"),
    "a calibration of one number": lambda folder: changed(folder, course_calibration=[[1.0]]),
    "a calibration that is no number": lambda folder: changed(folder, course_calibration=[[float("nan")] * 3] * 2),
    "no processor": lambda folder: (folder / "preprocessor_config.json").unlink(),
    "a weight that is no number": lambda folder: changed_weight(folder, float("nan")),
    "a weight beyond all numbers": lambda folder: changed_weight(folder, float("inf")),
    "half of the weights": halved,
    "no header": lambda folder: (folder / "model.safetensors").write_bytes(b"weights"),
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "labels as a list": lambda folder: changed(folder, id2label=["negative", "positive"]),
    "an unknown type": lambda folder: changed(folder, dtype="float8"),
    "no layers": lambda folder: changed(folder, num_hidden_layers=-1),
    "a dropout that is no number": lambda folder: changed(folder, classifier_dropout="much"),
    "no JSON": lambda folder: (folder / "config.json").write_text("{"),
    "fewer layers than weights": lambda folder: changed(folder, num_hidden_layers=1),
    "more layers than weights": lambda folder: changed(folder, num_hidden_layers=3),
    "wider than the weights": lambda folder: changed(folder, intermediate_size=65536),
    "a frame of a million pixels": lambda folder: changed(folder, image_size=10**6),
    "a table of positions beyond all memory": lambda folder: changed(folder, image_size=4096, patch_size=1),
    "ten thousand layers": lambda folder: changed(folder, num_hidden_layers=10_000),
    "dilations beyond any film": lambda folder: changed(folder, course_dilations=[10**9]),
    "labels with gaps": lambda folder: changed(folder, id2label={"0": "a", "5": "b", "9": "c", "7": "d"}),
    "settings that are a number": lambda folder: (folder / "config.json").write_text("3"),
    "nesting without end": lambda folder: (folder / "config.json").write_text("[" * 100_000),
    "an index that leads out": lambda folder: indexed(folder, "../other/model.safetensors"),
    "an index to what is no weights": lambda folder: indexed(folder, "weights.bin"),
    "an index without files": lambda folder: indexed(folder, "model-00001-of-00002.safetensors"),
    "an index of nothing": lambda folder: indexed(folder, None),
    "a processor of huge frames": lambda folder: processor(folder, size={"height": 10**9, "width": 112}),
    "a processor with words": lambda folder: processor(folder, image_mean="grey"),
    "a processor that divides by 0": lambda folder: processor(folder, image_std=[0.2, 0.0, 0.2]),
    "a processor with an odd filter": lambda folder: processor(folder, resample=99),
    "a processor without what it divides by": lambda folder: processor(folder, image_std=None),
    "a processor without a size": lambda folder: processor(folder, size=None),
    "a processor with an odd flag": lambda folder: processor(folder, do_resize="perhaps"),
    "a list as processor": lambda folder: (folder / "preprocessor_config.json").write_text("[]"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_folders_are_refused_in_a_sentence(folder, damage):
    DAMAGES[damage](folder)
    with pytest.raises(InputError, match="cannot be loaded as a fine-tuned") as refused:
        load_checkpoint(folder)
    assert str(folder) in str(refused.value) and "\n" not in str(refused.value)


def test_a_contradiction_costs_no_memory(folder, monkeypatch):
    changed(folder, intermediate_size=65536, num_hidden_layers=200)

    def load(*args, **options):
        raise AssertionError("the weights were loaded before anybody looked at their sizes")

    monkeypatch.setattr(MicronBertForVideoClassification, "from_pretrained", load)
    with pytest.raises(InputError, match="it lacks"):
        load_checkpoint(folder)


def test_weights_in_several_files_load(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {name: f"model-0000{1 + number % 2}-of-00002.safetensors" for number, name in enumerate(weights)}
    for file in set(places.values()):
        part = {name: tensor for name, tensor in weights.items() if places[name] == file}
        save_file(part, folder / file, metadata={"format": "pt"})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    model, _ = load_checkpoint(folder)
    weights = {name_today(name): tensor for name, tensor in weights.items()}
    assert all(torch.equal(tensor, weights[name]) for name, tensor in model.state_dict().items())


def test_weights_of_an_older_file_load_under_their_new_name(folder, tmp_path):
    from safetensors.torch import load_file, save_file

    today = {name_today(name): tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    older = {name.replace("clip.frame_weighting", "clip.frame_score"): tensor for name, tensor in today.items()}
    assert older.keys() != today.keys()
    save_file(older, folder / "model.safetensors", metadata={"format": "pt"})
    model, _ = load_checkpoint(folder)
    assert all(torch.equal(tensor, today[name]) for name, tensor in model.state_dict().items())
    model.save_pretrained(tmp_path / "again")
    assert load_file(tmp_path / "again" / "model.safetensors").keys() == today.keys()


def test_what_ships_loads():
    model, processor = load_checkpoint()
    assert model.config.image_size == processor.size["height"]


def test_reason_is_the_line_that_says_something():
    assert (
        reason_of(ValueError("Class validation error for 'check':\n    ValueError: `a` must be 1."))
        == "`a` must be 1."
    )
    assert reason_of(KeyError()) == "KeyError"
