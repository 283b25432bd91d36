import json

import pytest

from micron_bert.cli.main import main
from micron_bert.errors import InputError
from micron_bert.questions.answer import Measured, answer
from micron_bert.questions.challenge import answer_questions, find_clip, read_questions, write_answers
from micron_bert.questions.question import understand

TRAIN = {"id": "x1", "dataset": "samm", "image_id": "006_1", "subject": "6", "filename": "006_1"}
TEST = {"video_id": "t_1", "video": "CAS-1"}
COARSE, UNITS = "What is the coarse expression class?", "What are the action units?"


class Asked:
    """Answers from one recognition, counting the clips that it measured."""

    def __init__(self, recognition):
        self.recognition, self.seen = recognition, []

    def ask(self, source, question):
        self.seen.append(source)
        return answer(understand(question), Measured(self.recognition, True))


def lines(path, *rows):
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def test_both_forms_are_read_answered_and_written(tmp_path, film):
    path = lines(
        tmp_path / "q.jsonl",
        TRAIN | {"question": COARSE, "answer": "positive"},
        TEST | {"question": UNITS},
        TRAIN | {"question": "Is the person lying?", "answer": "no"},
    )
    for clip in ("6/006_1", "CAS-1"):
        (tmp_path / "clips" / clip).mkdir(parents=True)
    rows, asked = read_questions(path), Asked(film)
    assert [row.answer for row in rows] == ["positive", None, "no"]
    answers = answer_questions(rows, tmp_path / "clips", asked)
    assert answers == ["negative", "brow lowerer, lid tightener", "none"]
    assert asked.seen == [tmp_path / "clips/6/006_1"] * 1 + [tmp_path / "clips/6/006_1", tmp_path / "clips/CAS-1"]
    out = write_answers(rows, answers, tmp_path / "a.jsonl")
    again = [json.loads(line) for line in out.read_text().splitlines()]
    assert again[1] == TEST | {"question": UNITS, "answer": "brow lowerer, lid tightener"}
    assert list(again[0]) == [*TRAIN, "question", "answer"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "holds no questions"),
        ("{", "line 1 of .* is no JSON|is no JSON"),
        ("[1]", "no JSON object"),
        ('{"question": "x"}', "no clip in line 1"),
        ('{"video": "a"}', "no `question` in line 1"),
        ('{"video": "a", "question": "x", "answer": 3}', "is no text"),
    ],
)
def test_damaged_files_are_refused_in_a_sentence(tmp_path, text, message):
    path = tmp_path / "q.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_questions(path)
    assert "\n" not in str(caught.value)


def test_clips_lie_in_the_folder(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "CAS-1.mp4").touch()
    (tmp_path / "secret.mp4").touch()
    (row,) = read_questions(lines(tmp_path / "q.jsonl", TEST | {"question": UNITS}))
    assert find_clip(tmp_path / "clips", row).name == "CAS-1.mp4"
    (row,) = read_questions(lines(tmp_path / "q.jsonl", {"video": "../secret", "question": UNITS}))
    with pytest.raises(InputError, match="leads out of"):
        find_clip(tmp_path / "clips", row)
    (row,) = read_questions(lines(tmp_path / "q.jsonl", {"video": "other", "question": UNITS}))
    with pytest.raises(InputError, match="`other` is not in"):
        find_clip(tmp_path / "clips", row)


def test_answers_that_are_there_are_scored(tmp_path, capsys):
    questions = lines(tmp_path / "q.jsonl", TRAIN | {"question": COARSE, "answer": "negative"})
    answers = lines(tmp_path / "a.jsonl", TRAIN | {"question": COARSE, "answer": "negative"})
    assert main(["evaluate-vqa", str(questions), "--answers", str(answers)]) == 0
    assert "uf1_coarse      1.0000" in capsys.readouterr().out
    other = lines(tmp_path / "b.jsonl", TRAIN | {"question": UNITS, "answer": "dimpler"})
    assert main(["evaluate-vqa", str(questions), "--answers", str(other)]) == 2
    assert "lacks the answers to 1 of 1" in capsys.readouterr().err


def test_a_clip_that_cannot_be_used_is_named_and_the_others_go_on(tmp_path, film):
    class Unlucky(Asked):
        def ask(self, source, question):
            if source.name == "CAS-1":
                raise InputError("no face.")
            return super().ask(source, question)

    rows = [TRAIN | {"question": COARSE}, *(TEST | {"question": text} for text in (UNITS, COARSE))]
    rows = read_questions(lines(tmp_path / "q.jsonl", *rows))
    for clip in ("6/006_1", "CAS-1"):
        (tmp_path / "clips" / clip).mkdir(parents=True)
    said = {}
    answers = answer_questions(rows, tmp_path / "clips", Unlucky(film), left_out=said.__setitem__)
    assert answers == ["negative", "none", "none"] and said == {"CAS-1": "no face."}
    with pytest.raises(InputError, match="no face"):
        answer_questions(rows, tmp_path / "clips", Unlucky(film))
    with pytest.raises(InputError, match="None of the 1 clips can be used; the first: no face"):
        answer_questions(rows[1:], tmp_path / "clips", Unlucky(film), left_out=said.__setitem__)
