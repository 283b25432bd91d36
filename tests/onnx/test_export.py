"""A model as ONNX graphs: what is written says what torch says, or nothing is written."""

import hashlib
import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.errors import InputError
from micron_bert.onnx import export as writing
from micron_bert.onnx.agreement import moving_pictures
from micron_bert.onnx.export import export_model
from micron_bert.onnx.record import Record

NAMES = {"encoder", "pair", "model", "course"}


@pytest.fixture(scope="module")
def displaced():
    """A small model of the shipped kind, with weights of a size that makes outputs differ from each other."""
    torch.manual_seed(0)
    config = MicronBertConfig(
        **{"image_size": 32, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2},
        **{"intermediate_size": 32, "micro_attention": "displaced", "displaced_window": 16, "displaced_size": 16},
        **{"displaced_levels": 2, "micro_attention_heads": 2, "classifier": "positional", "course_hidden_size": 16},
        **{"id2label": {0: "negative", 1: "positive", 2: "surprise", 3: "none"}},
        problem_type="single_label_classification",
        course_calibration=[[1.0, 0.0, 0.5], [1.0, 0.0, 0.5]],
    )
    return MicronBertForVideoClassification(config).eval(), MicronBertImageProcessor(size=32)


@pytest.fixture(scope="module")
def exported(displaced, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "onnx"
    return folder, export_model(*displaced, folder)


def run(path, **given):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, given), strict=True))


@pytest.mark.parametrize("ending", ["", "_fp16"])
@pytest.mark.parametrize(("batch", "frames"), [(1, 2), (3, 5), (7, 16)])
def test_the_whole_graph_says_what_torch_says_whatever_the_batch(displaced, exported, batch, frames, ending):
    model, _ = displaced
    pixels = moving_pictures(batch, frames, 32, 3, seed=1)
    told = run(exported[0] / f"model{ending}.onnx", pixel_values=pixels.numpy())
    with torch.inference_mode():
        expected = model(pixels)
    logits, maps = (0.02, 0.01) if ending else (1e-4, 1e-3)
    assert np.abs(told["logits"] - expected.logits.numpy()).max() <= logits
    assert np.abs(told["micro_map"] - expected.micro_map.numpy()).max() <= maps


def test_frames_that_were_encoded_once_give_what_the_whole_graph_gives(exported):
    folder, _ = exported
    pixels = moving_pictures(2, 3, 32, 3, seed=2).numpy()
    encoded = run(folder / "encoder.onnx", pixel_values=pixels.reshape(6, 3, 32, 32))
    encoded = {name: part.reshape(2, 3, *part.shape[1:]) for name, part in encoded.items()}
    paired, whole = run(folder / "pair.onnx", **encoded), run(folder / "model.onnx", pixel_values=pixels)
    for name in whole:
        np.testing.assert_allclose(paired[name], whole[name], atol=1e-5)


def test_the_record_describes_the_files_that_are_there(displaced, exported):
    folder, record = exported
    assert {path.name for path in folder.iterdir()} == {*record.graphs, "micron_bert.json"}
    assert set(record.graphs) == {f"{name}{ending}.onnx" for name in NAMES for ending in ("", "_fp16")}
    assert Record.load(folder) == record
    for name, graph in record.graphs.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == graph.sha256
    assert record.labels == ["negative", "positive", "surprise", "none"] and record.displaces
    assert record.graphs["model.onnx"].inputs == {"pixel_values": ["batch", "frames", 3, 32, 32]}
    assert (record.course.back, record.course.ahead) == (displaced[0].course.back, displaced[0].course.ahead)


def test_half_weights_make_files_smaller_and_none_tells_where_it_was_made(exported):
    folder, _ = exported
    sizes = {path.name: path.stat().st_size for path in folder.glob("*.onnx")}
    assert sizes["course_fp16.onnx"] < 0.75 * sizes["course.onnx"]
    for path in folder.glob("*.onnx"):
        assert b".py" not in path.read_bytes()


def test_a_graph_that_differs_from_torch_is_not_written(displaced, exported, tmp_path, monkeypatch):
    def spoil(graph, example):
        written = onnx.load(exported[0] / f"{graph.name}.onnx")
        for tensor in written.graph.initializer:
            if tensor.name.endswith("kind.bias"):  # of biases that are all zero the exporter keeps one
                values = onnx.numpy_helper.to_array(tensor) + np.float32(0.01)
                tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
        return written

    monkeypatch.setattr(writing, "_translate", spoil)
    with pytest.raises(InputError, match=r"course\.onnx` differs from torch by 0\.01 in `kind`"):
        export_model(*displaced, tmp_path / "onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_is_left_alone(displaced, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        export_model(*displaced, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        export_model(*displaced, tmp_path / "file")


def test_a_damaged_record_is_refused_in_one_sentence(exported, tmp_path):
    with pytest.raises(InputError, match="micron-bert export"):
        Record.load(tmp_path)
    entries = json.loads((exported[0] / "micron_bert.json").read_text())
    for damaged in ("{", json.dumps(entries | {"graphs": 3}), json.dumps(entries | {"format": 99})):
        (tmp_path / "micron_bert.json").write_text(damaged)
        with pytest.raises(InputError, match="export the model again"):
            Record.load(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("attention", "classifier"), [("diagonal", "pooled"), ("full", "positional")])
def test_the_papers_and_the_releases_attention_are_exported_too(mini_sizes, tmp_path, attention, classifier):
    config = MicronBertConfig(**mini_sizes, micro_attention=attention, classifier=classifier)
    model = MicronBertForVideoClassification(config).eval()
    record = export_model(model, MicronBertImageProcessor(size=32), tmp_path / "onnx")
    assert record.course is None and record.displaces == (classifier == "positional")
    assert "displacement" not in record.graphs["pair.onnx"].outputs or record.displaces
