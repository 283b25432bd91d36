"""The repository of a model holds graphs of its own weights: those that lie beside them, or new ones."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from micron_bert import MicronBertForVideoClassification
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.onnx.record import Record
from micron_bert.onnx.weights import digest_of_model
from micron_bert.publishing import graphs
from micron_bert.publishing.graphs import add_graphs

NAMES = [f"{name}{end}.onnx" for name in ("encoder", "pair", "model") for end in ("", "_fp16")]


@pytest.fixture
def recognizer(mini_config):
    return SimpleNamespace(model=MicronBertForVideoClassification(mini_config).eval(), processor=None)


@pytest.fixture
def export(monkeypatch):
    """Where models were exported to, in place of exporting them."""
    folders = []
    monkeypatch.setattr(graphs, "export_model", lambda model, processor, folder: folders.append(folder))
    return folders


def lay_out(folder, weights, names=NAMES):
    described = next(iter(Record.load(shipped_checkpoint() / "onnx").graphs.values()))
    record = replace(
        Record.load(shipped_checkpoint() / "onnx"), weights=weights, graphs=dict.fromkeys(names, described)
    )
    (folder / "onnx").mkdir(parents=True)
    record.save(folder / "onnx")
    for name in names:
        (folder / "onnx" / name).write_bytes(name.encode())


def test_graphs_that_lie_beside_the_weights_are_taken(recognizer, export, tmp_path):
    lay_out(tmp_path / "model", digest_of_model(recognizer.model))
    (tmp_path / "model" / "onnx" / "notes.txt").touch()
    add_graphs(recognizer, tmp_path / "model", tmp_path / "staged")
    assert {path.name for path in (tmp_path / "staged" / "onnx").iterdir()} == {*NAMES, "micron_bert.json"}
    assert export == []


@pytest.mark.parametrize("fault", ["other weights", "a part of them", "none"])
def test_otherwise_the_model_is_exported(recognizer, export, tmp_path, fault):
    if fault != "none":
        weights = "0" * 64 if fault == "other weights" else digest_of_model(recognizer.model)
        lay_out(tmp_path / "model", weights, NAMES if fault == "other weights" else NAMES[::2])
    add_graphs(recognizer, tmp_path / "model", tmp_path / "staged")
    assert export == [tmp_path / "staged" / "onnx"]
