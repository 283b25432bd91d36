from micron_bert.cli.main import main


def test_dry_run_shows_what_would_be_there(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    argv = ["publish", "--repo", "org/name", "--what", "metric", "--dry-run", "--output", str(tmp_path / "staged")]
    assert main(argv) == 0
    shown = capsys.readouterr().out
    assert "nothing was uploaded" in shown and "name-strs.py" in shown and 'evaluate.load("org/name-strs")' in shown


def test_folders_that_are_not_there(tmp_path, capsys):
    for option in ("--checkpoint", "--data", "--evaluation"):
        argv = ["publish", "--repo", "org/name", "--dry-run", option, str(tmp_path / "nowhere")]
        assert main(argv) == 2
        assert f"There is no folder `{tmp_path / 'nowhere'}`" in capsys.readouterr().err
