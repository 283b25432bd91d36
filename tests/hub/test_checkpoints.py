"""A model on the Hub is looked at as a folder is, before its weights are fetched, and refused in a sentence."""

import json
import sys

import pytest
from huggingface_hub import constants

from micron_bert.checkpoints.download import checkpoint_folder
from micron_bert.checkpoints.loading import load_checkpoint
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError

WEIGHTS = "model.safetensors"


@pytest.fixture
def upload(on_hub, tmp_path, monkeypatch):
    """`upload(name, **fields)`: the shipped model on the Hub with other settings; an empty cache."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    local_hub = sys.modules["local_hub"]

    def put(name, weights=None, **fields):
        shipped = shipped_checkpoint()
        settings = json.loads((shipped / "config.json").read_text(encoding="utf-8")) | fields
        content = {
            "config.json": json.dumps(settings).encode(),
            "preprocessor_config.json": (shipped / "preprocessor_config.json").read_bytes(),
            WEIGHTS: (shipped / WEIGHTS).read_bytes() if weights is None else weights,
        }
        repository = local_hub.Repository()
        repository.commit("main", {path: local_hub.Blob(data, None) for path, data in content.items()})
        on_hub.repositories["model", name] = repository
        return on_hub

    return put


def fetched(hub):
    return [path for method, path in hub.requests if method == "GET" and path.endswith(WEIGHTS)]


def test_a_model_loads_and_a_second_time_without_the_hub(upload, monkeypatch):
    hub = upload("org/sound")
    model, _ = load_checkpoint("org/sound")
    assert model.config.num_labels == 4 and fetched(hub)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert (checkpoint_folder("org/sound") / WEIGHTS).is_file()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"hidden_size": "wide"}, "hidden_size"),
        ({"num_hidden_layers": 10_000}, "num_hidden_layers"),
        ({"id2label": ["a", "b"]}, "id2label"),
        ({"image_size": 10**9}, "image_size"),
    ],
)
def test_settings_are_refused_before_the_weights_are_fetched(upload, fields, reason):
    hub = upload("org/odd", **fields)
    with pytest.raises(InputError, match=f"`org/odd` cannot be loaded as a fine-tuned μ-BERT: .*{reason}") as refused:
        load_checkpoint("org/odd")
    assert "\n" not in str(refused.value) and not fetched(hub)


def test_weights_far_larger_than_the_settings_are_not_fetched(upload):
    hub = upload("org/large", weights=bytes(48 * 2**20))
    with pytest.raises(InputError, match="its weights have 48 MiB, and config.json describes .* not fetched"):
        load_checkpoint("org/large")
    assert not fetched(hub)


def test_damaged_weights_and_those_of_another_model_are_refused(upload):
    upload("org/damaged", weights=b"weights")
    with pytest.raises(InputError, match="`model.safetensors` in it is damaged"):
        load_checkpoint("org/damaged")
    upload("org/deeper", num_hidden_layers=3)
    with pytest.raises(InputError, match="it lacks micron_bert.layers.2"):
        load_checkpoint("org/deeper")


def test_what_is_not_there_is_told_in_a_sentence(on_hub, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    for name in ("org/nobody", "no/such/folder", str(tmp_path / "nothing")):
        with pytest.raises(InputError, match="cannot be had from the Hub") as refused:
            load_checkpoint(name)
        assert "\n" not in str(refused.value)
