"""`micron-bert evaluate-vqa`: scores of answers that are there, and what is refused."""

import json

import pytest

from micron_bert.cli.main import main

CLIP = {"id": "x1", "dataset": "samm", "image_id": "006_1", "subject": "6", "filename": "006_1"}
QUESTION = CLIP | {"question": "What is the coarse expression class?"}


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(QUESTION | {"answer": "negative"}) + "\n", encoding="utf-8")
    return path


def test_answers_are_scored(questions, capsys):
    pytest.importorskip("nltk", reason="scores of answers need the extra `vqa`")
    assert main(["evaluate-vqa", str(questions), "--answers", str(questions)]) == 0
    assert "uf1_coarse      1.0000" in capsys.readouterr().out


def test_mistakes_are_a_sentence(questions, tmp_path, capsys):
    empty = tmp_path / "other.jsonl"
    empty.write_text(
        json.dumps(CLIP | {"question": "What are the action units?", "answer": "dimpler"}) + "\n", encoding="utf-8"
    )
    for words, said in (
        ([], "Give `--clips`"),
        (["--clips", str(tmp_path / "none")], "no folder"),
        (["--answers", str(empty)], "lacks the answers to 1 of 1 questions"),
    ):
        assert main(["evaluate-vqa", str(questions), *words]) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
