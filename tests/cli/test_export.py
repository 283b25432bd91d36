"""`micron-bert export`: graphs and how far they are from torch, or one sentence and nothing written."""

import torch

from micron_bert import MicronBertConfig, MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.cli.main import main
from micron_bert.onnx.record import Record
from micron_bert.onnx.runtime import OnnxRuntime


def test_graphs_are_written_and_compared_with_torch(mini_sizes, tmp_path, capsys, caplog):
    torch.manual_seed(0)
    names = {0: "negative", 1: "positive", 2: "surprise", 3: "none"}
    sizes = {**mini_sizes, "displaced_window": 16, "displaced_size": 16, "displaced_levels": 2}
    config = MicronBertConfig(
        **sizes, micro_attention="displaced", micro_attention_heads=2, classifier="positional", id2label=names,
        problem_type="single_label_classification", course_hidden_size=16,
        course_calibration=[[1.0, 0.0, 0.5], [1.0, 0.0, 0.5]],
    )  # fmt: skip
    MicronBertForVideoClassification(config).save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    out = tmp_path / "model" / "onnx"  # where the light runtime looks for them
    assert main(["export", str(tmp_path / "model"), "--output", str(out), "--light"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert not [said for said in caplog.records if said.levelname in ("WARNING", "ERROR")]  # of ways that were tried
    graphs = {path.name for path in out.glob("*.onnx")}
    assert {line.split()[0] for line in printed[1:]} == graphs == set(Record.load(out).graphs)
    assert all(float(line.split()[-1]) < 1e-2 for line in printed[1:])
    assert OnnxRuntime.from_pretrained(tmp_path / "model").expressions == ("negative", "positive", "surprise")
    assert main(["export", str(tmp_path / "model"), "--output", str(tmp_path / "model" / "graphs")]) == 2
    assert "name one outside" in capsys.readouterr().err


def test_folder_without_a_model_is_refused(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["export", str(tmp_path / "empty"), "--output", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "cannot be loaded" in error and error.count("\n") == 1 and not (tmp_path / "out").exists()
