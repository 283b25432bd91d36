import json

import pytest

from benchmarks.evidence.__main__ import main


@pytest.mark.slow
def test_every_table_of_the_shipped_model(people, tmp_path, capsys, monkeypatch):
    from benchmarks.evidence import robustness
    from micron_bert.checkpoints.names import shipped_checkpoint

    monkeypatch.setattr(robustness, "ROBUSTNESS", robustness.ROBUSTNESS[::5])

    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "shipped_s0").symlink_to(shipped_checkpoint())
    (people / "london_info.csv").write_text(
        "face_id,face_age,face_gender,face_eth\n"
        + "".join(f"{name},30,female,white\n" for name in ("ann", "emma", "lena", "olga"))
    )
    arguments = ["--faces", str(people), "--pairs", "100", "--train", "120", "--seeds", "2", "--bootstrap", "20"]
    arguments += ["--cache", str(tmp_path / "cache"), "--output", str(tmp_path / "out"), "--processes", "1"]
    assert main([*arguments, "--runs", str(tmp_path / "runs"), "--smiles", str(people), str(people)]) == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    tables = results["tables"]
    assert set(tables) == {
        "localisation", "localisation_without_nuisance", "recognition", "groups", "false_alarms", "calibration",
        "robustness", "frame_rate", "smiles", "ablations",
    }  # fmt: skip
    seen = tables["localisation"]["rows"]["shipped: `micro_map`"]["fixed position"]
    assert 0.6 < seen["value"] < 1 and seen["sd"] > 0 and seen["people"] == 2
    assert tables["localisation"]["rows"]["static prior"]["fixed position"]["value"] == 0.5
    printed = capsys.readouterr().out
    assert printed.count(f"Benchmark `{results['version']}`") == len(tables) + 1
    for name in ("localisation", "recognition", "smiles", "robustness", "calibration"):
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 5000


def test_a_table_that_does_not_exist(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--faces", "x", "--tables", "colour"])
    assert stopped.value.code == 2
    assert "`colour`" in capsys.readouterr().err


def test_a_folder_that_does_not_exist(tmp_path, capsys):
    assert main(["--faces", str(tmp_path / "nowhere"), "--cache", str(tmp_path), "--output", str(tmp_path)]) == 2
    assert "nowhere" in capsys.readouterr().err
