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
    assert main(["evaluate-vqa", str(questions), "--answers", str(questions), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["scores"]["uf1_coarse"] == 1.0
    assert told["answers"] == [{"clip": "006_1", "question": QUESTION["question"], "answer": "negative"}]


@pytest.fixture
def answered(monkeypatch):
    """Answers without a model."""
    monkeypatch.setattr("micron_bert.cli.evaluate_vqa.open_recognizer", lambda args: None)
    monkeypatch.setattr("micron_bert.questions.questioner.Questioner", lambda recognizer, **options: None)
    said = "micron_bert.questions.challenge.answer_questions"
    monkeypatch.setattr(said, lambda rows, *_, **__: ["=none|"] * len(rows))


def test_answers_go_to_a_new_file(tmp_path, capsys, answered):
    (tmp_path / "questions.jsonl").write_text(json.dumps(QUESTION) + "\n", encoding="utf-8")
    (tmp_path / "clips" / "006_1").mkdir(parents=True)
    out = tmp_path / "answers.jsonl"
    words = ["evaluate-vqa", str(tmp_path / "questions.jsonl"), "--clips", str(tmp_path / "clips")]
    assert main([*words, "--output", str(out)]) == 0
    assert capsys.readouterr().out == f"1 questions are answered.\n\n{out}\n"
    assert json.loads(out.read_text()) == QUESTION | {"answer": "=none|"}
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scores"] is None


def test_clips_that_cannot_be_used_are_named_and_counted(tmp_path, capsys, answered, monkeypatch):
    def answer(rows, clips, questioner, progress, left_out):
        left_out("006_1", "no face.")
        return ["none"] * len(rows)

    monkeypatch.setattr("micron_bert.questions.challenge.answer_questions", answer)
    (tmp_path / "questions.jsonl").write_text(json.dumps(QUESTION) + "\n", encoding="utf-8")
    (tmp_path / "clips" / "006_1").mkdir(parents=True)
    words = ["evaluate-vqa", str(tmp_path / "questions.jsonl"), "--clips", str(tmp_path / "clips"), "--json"]
    assert main(words) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["unusable"] == {"006_1": "no face."}
    assert "The clip `006_1` cannot be used: no face.\n1 of 1 clips cannot be used; the 1 questions" in told.err


def test_mistakes_are_a_sentence_before_the_model_is_loaded(questions, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("micron_bert.cli.evaluate_vqa.open_recognizer", lambda args: pytest.fail("loaded"))
    empty = tmp_path / "other.jsonl"
    empty.write_text(
        json.dumps(CLIP | {"question": "What are the action units?", "answer": "dimpler"}) + "\n", encoding="utf-8"
    )
    before = questions.read_text()
    deep = tmp_path / "deep.jsonl"
    deep.write_text('{"question": ' + "[" * 100_000)
    assert main(["evaluate-vqa", str(deep), "--clips", str(tmp_path)]) == 2
    assert "line 1 of" in capsys.readouterr().err
    for words, said in (
        ([], "Give `--clips`"),
        (["--clips", str(tmp_path / "none")], "no folder"),
        (["--answers", str(empty)], "lacks the answers to 1 of 1 questions"),
        (["--clips", str(tmp_path), "--output", str(questions)], "is there and would be replaced"),
        (["--clips", str(tmp_path), "--output", str(tmp_path)], "is a folder; name a file"),
        (["--clips", str(tmp_path), "--output", str(questions / "a.jsonl")], "Nothing can be written to"),
        (["--clips", str(tmp_path), "--fps", "-1"], "`--fps` must be between"),
        (["--clips", str(tmp_path)], f"The clip `006_1` is not in `{tmp_path}`; it must be a folder of frames or a"),
        (["--answers", str(empty), "--device", "cpu"], "`--device` is for answering"),
        (["--answers", str(empty), "--output", str(tmp_path / "new")], "`--output` is for answering"),
    ):
        assert main(["evaluate-vqa", str(questions), *words]) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
    assert questions.read_text() == before
