"""On a disk that is full or read-only each command ends with one sentence, and goes on when there is room."""

import os
import shutil
import subprocess
import sys

import pytest

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.cli.main import main

SMALL, ROOM = "16k", "256m"
# `{out}` is on the small disk
COMMANDS = {
    "recognize": ["recognize", "{film}", "--output", "{out}"],
    "synthesize": ["synthesize", "{photographs}", "{out}", "--clips", "6"],
    "spot": ["spot", "{film}", "--output", "{out}"],
    "spot, of films": ["spot", "{film}", "{film}", "--output", "{out}"],
    "shard": ["shard", "{film}", "--output", "{out}", "--seconds", "0.4"],
    "export": ["export", "{model}", "--output", "{out}", "--light"],
    "evaluate-spotting": ["evaluate-spotting", "films", "{films}", "--output", "{out}", "--as-it-comes"],
    "publish": ["publish", "--repo", "org/name", "--dry-run", "--output", "{out}"],
}
QUICK = ("recognize",)
NEEDED = {"shard": "datatrove", "export": "onnxscript"}
MARKS = {".micron-bert-publish"}  # they tell whose folder it is


@pytest.fixture
def disk(tmp_path):
    """A disk of its own; a function that mounts it anew with other options."""
    place = tmp_path / "disk"
    place.mkdir()
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("no disk can be mounted here")
    options = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)]
    if subprocess.run(options, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield place, lambda *words: subprocess.run(["mount", "-o", ",".join(["remount", *words]), place], check=True)
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("kind", ["full", "read-only"])
@pytest.mark.parametrize(
    "command", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in COMMANDS]
)
def test_one_sentence_and_then_it_goes_on(command, kind, smile, photographs, disk, request, capsys):
    if command in NEEDED:
        pytest.importorskip(NEEDED[command])
    place, remount = disk
    names = {"film": smile[0], "photographs": photographs}
    if command == "evaluate-spotting":
        names["films"] = request.getfixturevalue("film_set")
    names |= {"model": shipped_checkpoint(), "out": place / "out"}
    words = [word.format(**names) for word in COMMANDS[command]]
    if kind == "read-only":
        remount("ro")
    assert main(words) == (1 if command == "spot, of films" and kind == "full" else 2)
    error = capsys.readouterr().err
    assert ("No space left on device" if kind == "full" else "Read-only file system") in error
    assert str(place / "out") in error and "Traceback" not in error
    drafts = {path.name for path in place.rglob(".*") if path.is_file()} - MARKS
    assert not drafts
    if kind == "read-only" or command in ("recognize", "spot", "export"):
        assert not list(place.iterdir())
    if command == "evaluate-spotting":
        assert not (place / "out/report.json").exists()  # which is there when the rest is
    remount("rw", f"size={ROOM}")
    assert main(words) == 0
    assert {path.name for path in place.rglob(".*") if path.is_file()} <= MARKS | {".gitattributes", ".gitignore"}
