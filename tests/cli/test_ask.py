"""`micron-bert ask`: an answer with its evidence, or one sentence before the model is loaded."""

import json

import pytest

from micron_bert.cli.main import main

CLASS, COLOUR = "What is the coarse expression class?", "What colour is the wall?"


def test_questions_about_a_film_are_answered(smile, capsys):
    assert main(["ask", str(smile[0]), CLASS, COLOUR]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{CLASS}\n") and "positive" in printed.splitlines()[1]
    assert f"\n{COLOUR}\n" in printed and "does not tell about `colour`" in printed


def test_answers_as_json(smile, capsys):
    assert main(["ask", str(smile[0]), CLASS, COLOUR, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["source"] == str(smile[0]) and told["model"] and told["version"]
    answer, refusal = told["answers"]
    assert (answer["question"], answer["text"]) == (CLASS, "positive") and answer["evidence"]["detection"]
    assert refusal["question"] == COLOUR and "colour" in refusal["refused"] and "text" not in refusal


@pytest.mark.parametrize(
    "words, said",
    [
        (["/nowhere.mp4", "When is the apex?"], "no file or folder `/nowhere.mp4`"),
        (["", "When is the apex?"], "is empty"),
        (["{film}", COLOUR], "does not tell about `colour`"),
        (["{film}", COLOUR, COLOUR], "does not tell about `colour`"),
        (["{film}", CLASS, "--start", "-1"], "`--start` must be at least 0"),
        (["{film}", CLASS, "--start", "2", "--end", "1"], "`--end` is `1.0`, not after"),
        (["{film}", CLASS, "--fps", "0"], "`--fps` must be between"),
        (["{film}", CLASS, "--face", "-1"], "`--face` must be at least 0"),
        (["{film}", CLASS, "--apex", "{film}", "--fps", "30"], "`--fps` is for a film"),
        (["{film}", CLASS, "--apex", "/nowhere.png"], "no file or folder `/nowhere.png`"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(words, said, smile, capsys, monkeypatch):
    monkeypatch.setattr("micron_bert.cli.ask.open_recognizer", lambda args: pytest.fail("the model was loaded"))
    assert main(["ask", *(word.format(film=smile[0]) for word in words)]) == 2
    error = capsys.readouterr().err
    assert said in error and error.startswith("micron-bert ask: error: ") and error.count("\n") == 1


def test_device_that_is_not_there(smile, capsys):
    assert main(["ask", str(smile[0]), CLASS, "--device", "banana"]) == 2
    assert "`banana` cannot be used" in capsys.readouterr().err
