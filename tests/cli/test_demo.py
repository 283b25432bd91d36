"""`micron-bert demo` without Gradio, and with an option that does not exist."""

import importlib.util

import pytest

from micron_bert.cli.main import main
from micron_bert.errors import InputError


def test_gradio_is_an_extra(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["demo"]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "install it with `pip install micron-bert[demo]`" in message


def test_ports_have_bounds(capsys):
    assert main(["demo", "--port", "99999999"]) == 2
    assert "`--port` must be between 0 and 65535" in capsys.readouterr().err


def test_sharing_is_asked_for_in_words(capsys):
    with pytest.raises(SystemExit):
        main(["demo", "--share"])
    assert "--share" in capsys.readouterr().err


def test_the_runtime_that_was_asked_for_computes(monkeypatch):
    pytest.importorskip("gradio")
    from micron_bert.demo import app, server

    asked = []

    def from_pretrained(model, device=None, runtime=None):
        asked.append(runtime)
        raise InputError("Nothing is served.")

    monkeypatch.setattr(app.Recognizer, "from_pretrained", from_pretrained)
    monkeypatch.setattr(app, "make_examples", lambda folder: ([], None))
    monkeypatch.setattr(server.signal, "signal", lambda *_: None)
    monkeypatch.setattr("micron_bert.faces.models.fetch_face_models", lambda: None)
    for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_ENABLED"):
        monkeypatch.setenv(name, "")
    assert main(["demo", "--runtime", "onnx"]) == main(["demo"]) == 2
    assert asked == ["onnx", None]
