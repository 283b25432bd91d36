"""An analysis has its time; refusals name no folder."""

from types import SimpleNamespace

import pytest

pytest.importorskip("gradio")

from micron_bert.demo import answer  # noqa: E402
from micron_bert.demo.answer import look_at  # noqa: E402
from micron_bert.errors import InputError  # noqa: E402


@pytest.fixture
def upload(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"film")
    return str(path)


def quiet(share, desc):
    """Nobody listens."""


def test_an_analysis_that_takes_too_long_is_stopped(upload, monkeypatch):
    now = iter((0.0, 100.0, 181.0))
    monkeypatch.setattr(answer, "monotonic", lambda: next(now))
    told = []

    def analyse(path, tell):
        tell(0.1, "one")
        told.append("one")
        tell(0.2, "two")
        told.append("two")

    with pytest.raises(InputError, match="more than 180 s and was stopped"):
        look_at(analyse, [upload], quiet)
    assert told == ["one"]


def test_faults_of_ours_are_no_riddles(upload, capsys):
    with pytest.raises(InputError, match="not with your upload"):
        look_at(lambda path, tell: 1 / 0, [upload], quiet)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_name_stands_among_those_that_the_model_knows():
    found = SimpleNamespace(
        resembles="resembles fear", probabilities={"surprise": 0.2, "fear": 0.6, "none": 0.1, "anger": 0.1}
    )
    assert answer._resembles(found) == "Of anger, fear and surprise, the movement resembles fear."
    found.probabilities = {"fear": 0.9, "none": 0.1}
    assert answer._resembles(found) == "The movement resembles fear."
    found.resembles = None
    assert answer._resembles(found) == ""


def test_refusals_name_no_folder(upload):
    def analyse(path, tell):
        raise InputError(f"`{path}` is no film.")

    with pytest.raises(InputError, match="^`clip.mp4` is no film.$"):
        look_at(analyse, [upload], quiet)
