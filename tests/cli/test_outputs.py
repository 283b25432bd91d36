"""Where each command writes is looked at first: what is there stays, and what is read is not written to."""

import pytest

from micron_bert.cli.main import main

# `{source}` is a folder that is read, `{out}` where to write
COMMANDS = {
    "recognize": ["{source}", "--onset", "0", "--apex", "1", "--output", "{out}"],
    "spot": ["{source}", "--output", "{out}"],
    "spot, of films": ["{films}", "--output", "{out}"],
    "synthesize": ["{source}", "{out}"],
    "synthesize, of films": ["{source}", "{out}", "--films", "1"],
    "measure-courses": ["{source}", "{out}", "--source", "x", "--licence", "y"],
    "prepare": ["casme2", "{source}", "--output", "{out}"],
    "shard": ["{source}", "--output", "{out}"],
    "finetune": ["--output_dir", "{out}", "--preset", "tiny", "--faces", "{source}"],
    "pretrain": ["--output_dir", "{out}", "--preset", "tiny", "--faces", "{source}"],
    "evaluate": ["--data", "{source}", "--output_dir", "{out}", "--baseline", "majority"],
    "evaluate-spotting": ["films", "{source}", "--output", "{out}"],
    "convert": ["{source}/a.pth", "{out}"],
    "export": ["{source}", "--output", "{out}"],
    "publish": ["--repo", "org/name", "--dry-run", "--checkpoint", "{source}", "--output", "{out}"],
}
# what a folder may hold besides: results lie beside other files, courses beside courses, a run beside its checkpoints
SHARED = {"recognize", "spot", "measure-courses", "finetune", "pretrain", "evaluate-spotting"}
NOT_READ = {"convert", "finetune", "pretrain"}  # of a file, or of faces, nothing is written beside


@pytest.fixture
def places(tmp_path, monkeypatch):
    source, films = tmp_path / "source", tmp_path / "films"
    for folder in (source, films):
        folder.mkdir()
    (source / "a.pth").write_bytes(b"x")
    (source / "1.png").write_bytes(b"x")
    (films / "a.mp4").write_bytes(b"x")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return {"source": source, "films": films}


def refusal(command, out, places, capsys):
    words = [word.format(**places, out=out) for word in COMMANDS[command]]
    assert main([command.split(",")[0], *words]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Traceback" not in error
    return error


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_is_no_folder(command, tmp_path, places, capsys):
    (tmp_path / "letter").write_text("mine")
    assert "is a file; name a folder" in refusal(command, tmp_path / "letter", places, capsys)
    assert (tmp_path / "letter").read_text() == "mine"


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.split(",")[0] not in SHARED])
def test_a_folder_of_somebody_else_is_refused(command, tmp_path, places, capsys):
    out = tmp_path / "home" / "documents"
    out.mkdir(parents=True)
    (out / "letter").write_text("mine")
    assert "holds something else" in refusal(command, "~/documents", places, capsys)
    assert [path.name for path in out.iterdir()] == ["letter"]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in NOT_READ])
def test_what_is_read_is_not_written_to(command, places, capsys):
    source = places["films" if "{films}" in COMMANDS[command] else "source"]
    before = sorted(source.iterdir())
    for out in (source, source / "out"):
        assert "that is read; name one outside" in refusal(command, out, places, capsys)
    assert sorted(source.iterdir()) == before
