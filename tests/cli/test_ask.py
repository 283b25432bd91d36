"""`micron-bert ask`: an answer with its evidence, or one sentence before the model is loaded."""

import pytest

from micron_bert.cli.main import main


def test_questions_about_a_film_are_answered(smile, capsys):
    assert main(["ask", str(smile[0]), "What is the coarse expression class?", "What colour is the wall?"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("What is the coarse expression class?\n") and "positive" in printed.splitlines()[1]


@pytest.mark.parametrize(
    "words, said",
    [
        (["/nowhere.mp4", "When is the apex?"], "no file or folder `/nowhere.mp4`"),
        (["{film}", "What colour is the wall?"], "does not tell about `colour`"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(words, said, smile, capsys, monkeypatch):
    monkeypatch.setattr("micron_bert.cli.ask.open_recognizer", lambda args: pytest.fail("the model was loaded"))
    assert main(["ask", *(word.format(film=smile[0]) for word in words)]) == 2
    error = capsys.readouterr().err
    assert said in error and error.startswith("micron-bert ask: error: ") and "Traceback" not in error
