"""Every command prints to any console: one that lacks letters, one that nobody reads any more, and none at all."""

import io
import os
import subprocess
import sys
from importlib import import_module

import pytest

from micron_bert.cli.main import COMMANDS, main

ODD = "μ-BERT 顔 \udcff\x1b[2J"
# so that each command refuses something in which these letters stand
REFUSED = {
    "sensitivity": ["{odd}"],
    "synthesize": ["{odd}", "out"],
    "measure-courses": ["{odd}", "out", "--source", "x", "--licence", "y"],
    "doctor": ["{odd}", "."],
    "prepare": ["casme2", "{odd}", "--output", "out"],
    "shard": ["{odd}", "--output", "out"],
    "finetune": ["--output_dir", "out", "--preset", "{odd}"],
    "pretrain": ["--output_dir", "out", "--preset", "{odd}"],
    "evaluate": ["--output_dir", "out", "--data", ".", "--protocol", "{odd}"],
    "evaluate-spotting": ["films", "{odd}", "--output", "out"],
    "evaluate-vqa": ["{odd}", "--clips", "."],
    "adapt": ["{odd}", "--output", "out"],
    "calibrate": ["{odd}", "--faces", "."],
    "convert": ["{odd}", "out"],
    "export": ["{odd}", "--output", "out"],
    "ask": ["{odd}", "When is the apex?"],
    "demo": ["--port", "{odd}"],
    "publish": ["--repo", "{odd}"],
    "fetch-face-models": ["--directory", "out", "--wheel", "{odd}"],
}


class Console(io.TextIOWrapper):
    """A console of some encoding, whose bytes are kept."""

    def __init__(self, encoding):
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding)

    def shown(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


def status_of(*words) -> int:
    try:
        return main(list(words))
    except SystemExit as stopped:
        return stopped.code


@pytest.mark.parametrize(
    "command, encoding", [(command, ("ascii", "cp1252")[n % 2]) for n, command in enumerate(COMMANDS)]
)
def test_console_that_lacks_letters(command, encoding, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out, error = Console(encoding), Console(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", error)
    words = REFUSED.get(command, ["{odd}"])
    assert status_of(command, *(word.format(odd=ODD.replace("\x1b", "\\x1b")) for word in words)) == 2
    said = error.shown()
    assert out.shown() == "" and said.startswith(f"micron-bert {command}: error: ") and said.count("\n") == 1
    assert "-BERT ? \\udcff" in said
    assert not list(tmp_path.iterdir())

    monkeypatch.setattr(import_module(f"micron_bert.cli.{command.replace('-', '_')}"), "main", lambda args: print(ODD))
    assert status_of(command, *(word.format(odd="1") for word in words)) == 0
    assert out.shown().rstrip().endswith("-BERT ? \\udcff\\x1b[2J")
    assert status_of(command, "--help") == 0 or command in ("finetune", "pretrain", "evaluate")


@pytest.mark.parametrize("command", COMMANDS)
def test_reader_who_has_gone(command, monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8", closefd=True) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        words = [word.format(odd="1") for word in REFUSED.get(command, ["1"])]
        name = import_module(f"micron_bert.cli.{command.replace('-', '_')}")
        monkeypatch.setattr(name, "main", lambda args: print("many lines\n" * 100_000))
        assert status_of(command, *words) == 0


@pytest.mark.parametrize("words", [["--help"], ["doctor", "list"]])
def test_as_a_process_it_ends_quietly(words):
    for closing in ("", ">&-", ">&- 2>&-"):
        line = f'"$0" -m micron_bert "$@" {closing or "| true"}'
        done = subprocess.run(["bash", "-o", "pipefail", "-c", line, sys.executable, *words], capture_output=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), closing
