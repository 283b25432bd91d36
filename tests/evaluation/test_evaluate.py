import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.evaluation.evaluate import main

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def report_of(folder):
    return json.loads(Path(folder, "report.json").read_text())


def files_of(folder):
    """Everything that an evaluation leaves, by path, but for the arrays."""
    paths = [path for path in sorted(Path(folder).rglob("*")) if path.is_file() and path.suffix != ".npy"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_loso_leaves_a_report(prepared, mini, tmp_path, capsys):
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


def test_killed_evaluation_continues_and_processes_do_not_matter(prepared, mini, tmp_path):
    common = ["--data", prepared[0], *mini, "--choose_epoch", "inner"]
    main([*common, "--output", str(tmp_path / "whole")])

    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "micron_bert.cli", "evaluate", *common, "--output", str(killed)]
    process = subprocess.Popen(
        [*command, "--epochs", "2"], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not list(killed.glob("folds/*/*.json")):
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    first = {path: path.stat().st_mtime_ns for path in killed.glob("folds/*/*.json")}
    assert 1 <= len(first) < 3 and not (killed / "report.json").exists()

    # the same command, now with two processes
    again = subprocess.run([*command, "--folds_at_once", "2"], env=ENVIRONMENT, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert all(path.stat().st_mtime_ns == before for path, before in first.items()), "a finished fold was done again"
    whole, continued = files_of(tmp_path / "whole"), files_of(killed)
    assert whole.keys() == continued.keys()
    assert [name for name in whole if whole[name] != continued[name]] in ([], ["evaluation.json"])


def test_inner_split_keeps_people_apart(prepared, mini, tmp_path):
    main(["--data", prepared[0], "--output", str(tmp_path), *mini, "--choose_epoch", "inner"])
    for path in (tmp_path / "folds" / "seed-0").glob("*.json"):
        fold = json.loads(path.read_text())
        assert len(fold["inner"]) == 1 and fold["fold"] not in fold["inner"] and fold["epochs"] == 2


def test_oracle_marks_every_table(prepared, tmp_path, monkeypatch):
    monkeypatch.setattr("micron_bert.evaluation.baselines.ststnet.EPOCHS", 3)
    monkeypatch.setattr("micron_bert.evaluation.baselines.ststnet.STSTNet.__init__.__defaults__", (3,), raising=False)
    common = ["--data", prepared[0], "--baseline", "ststnet"]
    main([*common, "--output", str(tmp_path / "fixed")])
    main([*common, "--output", str(tmp_path / "oracle"), "--choose_epoch", "oracle"])
    fixed, oracle = (report_of(tmp_path / name) for name in ("fixed", "oracle"))
    assert oracle["oracle"] and not fixed["oracle"]
    assert oracle["full"]["accuracy"]["mean"] >= fixed["full"]["accuracy"]["mean"]
    text = (tmp_path / "oracle" / "report.md").read_text()
    titles = [line for line in text.splitlines() if line.startswith("#") and "not as" not in line]
    assert all("ORACLE" in title for title in titles)
    assert "oracle" in (tmp_path / "oracle" / "model_index.yaml").read_text()


@pytest.mark.parametrize(
    "protocol, folds, labels",
    [
        ("megc2019", 6, ["negative", "positive", "surprise"]),
        ("megc2018-cde", 6, ["I", "II", "III"]),
        ("megc2018-hde", 2, ["I", "II", "III"]),
        ("lodo", 2, ["negative", "positive", "surprise"]),
        ("cd6me", 2, ["1", "2", "4", "5", "6", "7", "9", "10", "12", "14", "15", "17"]),
        ("kfold", 5, ["negative", "positive", "surprise"]),
    ],
)
def test_every_protocol_makes_its_table(prepared, tmp_path, protocol, folds, labels):
    arguments = ["--data", *prepared, "--output", str(tmp_path), "--model", "baseline:flow", "--bootstrap", "50"]
    main(["--protocol", protocol, *arguments])
    report = report_of(tmp_path)
    assert report["folds"] == folds and report["labels"] == labels
    score = "aus_average" if protocol == "cd6me" else "uf1"
    assert 0 <= report["full"][score]["mean"] <= 1 and report["full"]["clips"] == 36
    if protocol == "megc2019":
        assert any("the composite 70/51/43" in note for note in report["notes"])


def test_methods_stand_side_by_side(prepared, tmp_path):
    common = ["--data", prepared[0], "--bootstrap", "0"]
    main([*common, "--output", str(tmp_path / "a"), "--baseline", "majority"])
    main([*common, "--output", str(tmp_path / "b"), "--baseline", "flow", "--beside", str(tmp_path / "a")])
    text = (tmp_path / "b" / "report.md").read_text()
    assert "| majority | " in text and "| DIS flow + PCA + ridge | " in text
    with pytest.raises(InputError, match="another `clips`"):
        main(["--data", prepared[1], "--output", str(tmp_path / "c"), "--baseline", "flow"]
             + ["--beside", str(tmp_path / "a")])  # fmt: skip


def test_model_is_tested_as_it_is(prepared, mini, mini_config, tmp_path):
    from micron_bert import MicronBertForVideoClassification, MicronBertImageProcessor

    MicronBertForVideoClassification(mini_config).save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    main(["--data", prepared[0], "--output", str(tmp_path / "run"), "--model", str(tmp_path / "model")]
         + ["--epochs", "0", "--use_cpu"])  # fmt: skip
    assert report_of(tmp_path / "run")["full"]["clips"] == 18
    with pytest.raises(InputError, match="is new"):
        main(["--data", prepared[0], "--output", str(tmp_path / "new"), *mini, "--epochs", "0"])


def test_shipped_model_may_have_seen_synthetic_faces(synthetic, prepared, tmp_path):
    common = ["--model", "tiny", "--epochs", "0", "--use_cpu", "--bootstrap", "0"]
    main([*common, "--data", synthetic, "--output", str(tmp_path / "known")])
    report = report_of(tmp_path / "known")
    assert report["method"] == "μ-BERT tiny, as it is" and report["known_faces"]
    assert "it has seen them before" in (tmp_path / "known" / "report.md").read_text()
    index = yaml.safe_load((tmp_path / "known" / "model_index.yaml").read_text())
    assert "may have seen" in index["model-index"][0]["results"][0]["metrics"][0]["name"]
    main([*common, "--data", prepared[0], "--output", str(tmp_path / "real")])
    assert not report_of(tmp_path / "real")["known_faces"]
    main(["--data", synthetic, "--output", str(tmp_path / "flow"), "--baseline", "flow"]
         + ["--bootstrap", "0", "--beside", str(tmp_path / "known")])  # fmt: skip
    assert "| μ-BERT tiny, as it is (may know the faces) | " in (tmp_path / "flow" / "report.md").read_text()


def test_from_scratch_against_the_recipe(synthetic, mini, tmp_path):
    (tmp_path / "recipe.yaml").write_text("checkpoint: tiny\nprotocol: loso\n")
    main([str(tmp_path / "recipe.yaml"), "--data", synthetic, "--output", str(tmp_path / "run"), *mini]
         + ["--model", "preset:tiny", "--epochs", "1"])  # fmt: skip
    report = report_of(tmp_path / "run")
    assert report["method"] == "μ-BERT tiny, from scratch" and not report["known_faces"]
    with pytest.raises(InputError, match="`preset` must be one of .* got `huge`"):
        main(["--data", synthetic, "--output", str(tmp_path / "no"), "--model", "preset:huge"])


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--protocol", "lso"], "`protocol` must be one of .* did you mean `loso`"),
        (["--baseline", "svm"], "`baseline` must be one of"),
        (["--baseline", "flow", "--choose_epoch", "oracle"], "has no epochs"),
        (["--baseline", "flow", "--labels", "five"], None),
        (["--baseline", "flow", "--clip_frames", "-1"], "`clip_frames`"),
        (["--seeds", "1", "1"], "`seeds` must be different"),
        (["--faces", "somewhere"], "leave out `faces`"),
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
    with pytest.raises(InputError, match="`data` is missing"):
        main(common)
    with pytest.raises(InputError, match="cannot be read"):
        main([*common, "--data", str(tmp_path / "nothing")])
    with pytest.raises(InputError, match="occurs twice"):
        main([*common, "--data", prepared[0], prepared[0]])


def test_pairs_are_too_short_for_lbp_top(tmp_path):
    write_pairs(tmp_path / "pairs")
    with pytest.raises(InputError, match="holds onset and apex only"):
        main(["--data", str(tmp_path / "pairs"), "--output", str(tmp_path / "run"), "--baseline", "lbptop"])


def write_pairs(folder):
    """A dataset of pairs, as Parquet."""
    import datasets

    picture = Image.new("RGB", (32, 32))
    rows = [
        {"subject": f"s{n % 2}", "clip": str(n), "label": "ab"[n // 3], "frames": [picture] * 2, "onset": 0, "apex": 1}
        for n in range(6)
    ]
    features = {name: datasets.Value("string") for name in ("subject", "clip", "label")}
    features |= {name: datasets.Value("int32") for name in ("onset", "apex")}
    folder.mkdir()
    table = datasets.Dataset.from_list(
        rows, features=datasets.Features(frames=datasets.List(datasets.Image()), **features)
    )
    table.to_parquet(folder / "train.parquet")
    return str(folder)
