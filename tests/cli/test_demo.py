"""`micron-bert demo` without Gradio, and with an option that does not exist."""

import importlib.util

import pytest

from micron_bert.cli.main import main


def test_gradio_is_an_extra(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["demo"]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "install it with `pip install micron-bert[demo]`" in message


def test_sharing_is_asked_for_in_words(capsys):
    with pytest.raises(SystemExit):
        main(["demo", "--share"])
    assert "--share" in capsys.readouterr().err
