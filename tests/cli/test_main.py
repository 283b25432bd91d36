import subprocess
import sys
from importlib import import_module

import pytest

from micron_bert.cli.main import COMMANDS, main


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_file(command):
    module = import_module(f"micron_bert.cli.{command.replace('-', '_')}")
    assert callable(module.add_arguments) and callable(module.main)


def test_help_lists_every_command_without_loading_torch():
    check = """
import sys
from micron_bert.cli.main import main
try:
    main(["--help"])
finally:
    assert "torch" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0 and all(command in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("argv", [[], ["nothing"], ["convert"], ["recognize"]])
def test_wrong_words_leave_with_2(argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    assert "usage: micron-bert" in capsys.readouterr().err


def test_traceback_on_request(capsys):
    assert main(["--traceback", "convert", "/no/such.pth", "/no/out"]) == 2
    assert "Traceback" in capsys.readouterr().err
    assert main(["convert", "/no/such.pth", "/no/out"]) == 2
    assert "Traceback" not in capsys.readouterr().err
