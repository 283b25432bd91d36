"""A protocol, from the command line to the report."""

import json
from pathlib import Path

import pytest
import yaml
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.evaluation.evaluate import main


def test_loso_leaves_a_report(prepared, mini, tmp_path, capsys, report_of, files_of):
    assert main(["--data", *prepared, "--output", str(tmp_path / "run"), *mini, "--seeds", "0", "1"]) == 0
    assert str(tmp_path / "run" / "report.md") in capsys.readouterr().out
    report = report_of(tmp_path / "run")
    # `s1` of one dataset is not `s1` of the other; nobody has the class `none`
    assert report["folds"] == 6 and report["labels"] == ["negative", "positive", "surprise"]
    assert report["full"]["clips"] == 36 and set(report["datasets"]) == {"casme2", "samm"}
    folds = sorted((tmp_path / "run" / "folds" / "seed-1").glob("*.json"))
    rows = [row for path in folds for row in json.loads(path.read_text())["predictions"]]
    assert len({(row["dataset"], row["subject"], row["clip"]) for row in rows}) == 36
    assert report["full"]["accuracy"]["seeds"][1] == sum(row["label"] == row["prediction"] for row in rows) / 36

    written = files_of(tmp_path / "run")
    assert not any(Path(name).name.startswith(".") or name.endswith("writing") for name in written)
    assert "| | Full | casme2 | samm |" in written["report.md"].decode().replace("|  |", "| |")
    assert "ORACLE" not in written["report.md"].decode()
    results = yaml.safe_load(written["model_index.yaml"])["model-index"][0]["results"]
    assert results[0]["metrics"][0] == {
        "type": "f1",
        "name": "UF1",
        "value": round(report["full"]["uf1"]["mean"], 4),
    }
    for name in ("confusion.png", "subjects.png"):
        assert Image.open(tmp_path / "run" / name).width > 300


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--protocol", "lso"], "`protocol` must be one of .* did you mean `loso`"),
        (["--baseline", "svm"], "`baseline` must be one of"),
        (["--figures", "gif"], "`--figures` is `gif`; pass one or more of png, pdf, svg"),
        (["--baseline", "flow", "--choose_epoch", "oracle"], "has no epochs"),
        (["--baseline", "flow", "--labels", "five"], None),
        (["--baseline", "flow", "--clip_frames", "-1"], "`clip_frames`"),
        (["--seeds", "1", "1"], "`seeds` must be different"),
        (["--faces", "somewhere"], "`faces` does not apply"),
    ],
)
def test_wrong_arguments_are_named(prepared, tmp_path, arguments, said):
    common = ["--data", prepared[0], "--output", str(tmp_path / "run")]
    if said is None:
        assert main([*common, *arguments]) == 0
        return
    with pytest.raises(InputError, match=said):
        main([*common, *arguments])


def test_folder_of_another_evaluation_is_refused(prepared, tmp_path):
    common = ["--output", str(tmp_path), "--baseline", "majority"]
    main([*common, "--data", prepared[0]])
    main([*common, "--data", prepared[0], "--seeds", "0", "1"])
    with pytest.raises(InputError, match="begun with `labels`"):
        main([*common, "--data", prepared[0], "--labels", "three"])
    with pytest.raises(InputError, match="begun with `clips`"):
        main([*common, "--data", *prepared])
