"""What the user can mend is one sentence and 2; a fault of the program shows where it is, and where to report it."""

import errno

import pytest

from micron_bert.arguments.exit_code import exit_code, tracker
from micron_bert.errors import InputError, NoFaceError


def failing(error):
    def main():
        raise error

    return main


@pytest.mark.parametrize(
    "error",
    [
        InputError("`this` does not fit."),
        NoFaceError("No face was found."),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "sheet.xlsx"),
        OSError(errno.ENOSPC, "No space left on device"),
        ImportError("The pictures need matplotlib: `pip install matplotlib`."),
    ],
)
def test_what_the_user_can_mend_is_one_sentence(error, capsys):
    assert exit_code(failing(error)) == 2
    assert capsys.readouterr().err == f"error: {error}\n"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("operands could not be broadcast"),
        KeyError("offset"),
        TypeError("unsupported operand"),
        OSError("a library's own words"),
        ImportError("cannot import name `x`", name="micron_bert.faces"),
    ],
)
def test_fault_of_the_program_shows_its_place_and_the_tracker(error, capsys):
    assert exit_code(failing(error)) == 1
    said = capsys.readouterr().err
    assert "Traceback" in said and "test_exit_code.py" in said and tracker() in said


def test_of_several_processes_the_first_tells(capsys, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert exit_code(failing(InputError("`this` does not fit."))) == 2
    assert capsys.readouterr().err == ""
    assert exit_code(failing(KeyError("offset"))) == 1 and "Traceback" in capsys.readouterr().err


def test_success_is_passed_on():
    assert exit_code(lambda: 0) == 0
