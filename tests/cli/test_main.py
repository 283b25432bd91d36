import os
import subprocess
import sys
from importlib import import_module

import pytest

from micron_bert.arguments.exit_code import tracker
from micron_bert.cli.main import COMMANDS, HANDING_ON, main
from micron_bert.errors import InputError


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_file(command):
    module = import_module(f"micron_bert.cli.{command.replace('-', '_')}")
    assert callable(module.main) and (command in HANDING_ON) != hasattr(module, "add_arguments")


HEAVY = {"torch", "transformers", "datasets", "cv2", "numpy", "scipy", "pandas", "PIL", "rich", "yaml", "gradio", "av"}


def test_help_loads_nothing_that_takes_time():
    check = f"""
import io, sys
from contextlib import redirect_stdout
from micron_bert.cli.main import COMMANDS, main
for words in ([], ["--help"], *([command, "--help"] for command in COMMANDS)):
    with redirect_stdout(io.StringIO()) as shown:
        try:
            main(words)
        except SystemExit as stopped:
            assert stopped.code == 0, words
    assert shown.getvalue().startswith("usage: micron-bert " + words[0] if words[1:] else "usage: micron-bert"), words
    loaded = {HEAVY} & set(sys.modules)
    assert not loaded, (words, loaded)
"""
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


@pytest.mark.parametrize(
    "words, said",
    [
        (["spot", "film.mp4", "--fps", "nan"], "--fps: `nan` is not a finite number"),
        (["recognize", "film.mp4", "--start", "inf"], "--start: `inf` is not a finite number"),
        (["synthesize", "a", "b", "--amplitude", "0.3", "1e999"], "--amplitude: `1e999` is not a finite number"),
        (["demo", "--port", "much"], "--port: `much` is not a whole number"),
    ],
)
def test_numbers_are_finite_in_every_command(words, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


@pytest.mark.parametrize("argv", [["nothing"], ["convert"], ["recognize"]])
def test_wrong_words_leave_with_2(argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert "see `micron-bert" in error and error.count("\n") == 1


def test_traceback_on_request(capsys):
    assert main(["--traceback", "convert", "/no/such.pth", "/no/out"]) == 2
    assert "Traceback" in capsys.readouterr().err
    assert main(["convert", "/no/such.pth", "/no/out"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_alone_it_shows_its_commands(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


def test_a_fault_of_the_program_is_no_mistake_of_the_user(capsys, monkeypatch):
    def break_down(*args, **options):
        raise ValueError("operands could not be broadcast")

    monkeypatch.setattr("micron_bert.checkpoints.convert.convert", break_down)
    assert main(["convert", "a.pth", "b"]) == 1
    said = capsys.readouterr().err
    assert "Traceback" in said and "broadcast" in said and tracker() in said


def run(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "micron_bert", *words], capture_output=True, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_any_console_shows_the_help(encoding):
    done = run("--help", PYTHONIOENCODING=encoding)
    assert done.returncode == 0 and b"recognize" in done.stdout


@pytest.mark.parametrize("device", ["banana", "cuda:99"])
def test_devices_that_are_not_there_are_named(device, tmp_path, capsys):
    (tmp_path / "film.mp4").write_bytes(b"")
    assert main(["spot", str(tmp_path / "film.mp4"), "--device", device]) == 2
    said = capsys.readouterr().err
    assert f"`{device}` cannot be used" in said and "Traceback" not in said


def test_names_from_outside_do_not_command_the_terminal(monkeypatch, capsys):
    def answer(args):
        print("the label \x1b[2J\udcff in\ntwo lines")
        raise InputError("there is no \x1b]0;title\x07\nfilm")

    monkeypatch.setattr("micron_bert.cli.convert.main", answer)
    assert main(["convert", "a", "b"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "the label \\x1b[2J\\udcff in\ntwo lines\n"
    assert printed.err == "micron-bert convert: error: there is no \\x1b]0;title\\x07\\nfilm\n"
