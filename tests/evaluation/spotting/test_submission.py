"""The grand challenge's files of predictions, and films in which nothing is annotated."""

import csv
import json

import pytest

from micron_bert.cli.main import main
from micron_bert.errors import InputError
from micron_bert.evaluation.spotting.database import evaluate_predictions
from micron_bert.evaluation.spotting.long_videos import LongVideo
from micron_bert.evaluation.spotting.scores import Candidate, Spotted, TrueExpression
from micron_bert.evaluation.spotting.submission import (
    place_predictions,
    prediction_file,
    predictions_of,
    read_predictions,
    write_predictions,
)
from micron_bert.evaluation.spotting.unlabelled import films_of, find_films, spot_films
from micron_bert.metrics.spotting import VideoInterval
from micron_bert.spotting.interval import Interval as Found

HEADER = "subject,video,onset,offset,emotion\n"


def test_names_of_the_files():
    assert [prediction_file(name) for name in ("casme_sq2", "casme3", "samm_long", "smic_hs_e", "CAS(ME)^3")] == [
        "cas_pred.csv",
        "cas_pred.csv",
        "samm_pred.csv",
        "pred.csv",
        "cas_pred.csv",
    ]


@pytest.fixture
def videos(tmp_path):
    """Numbered from 11, two frames missing; and from 1."""
    numbers = [n for n in range(11, 60) if n not in (14, 15)]
    truth = [TrueExpression(9, 18, "micro", "negative"), TrueExpression(30, 40, "macro", "positive")]
    return [
        LongVideo("s15", "15_0401anger1", tmp_path, 30.0, numbers, truth),
        LongVideo("006", "006_1", tmp_path, 30.0, list(range(1, 100)), [TrueExpression(49, 60, "micro", "surprise")]),
    ]


def test_written_and_read_back_in_the_numbers_of_the_dataset(videos, tmp_path):
    candidates = [
        Candidate(9, 12, 18, "micro", 0.9, "negative"),
        Candidate(30, 35, 40, "macro", 0.9, "positive"),
        Candidate(44, 45, 90, "micro", 0.5, None),
    ]
    spotted = [
        Spotted(v.subject, v.video, v.minutes, v.truth, candidates[:3] if k == 0 else []) for k, v in enumerate(videos)
    ]
    path = write_predictions(tmp_path / "cas_pred.csv", predictions_of(videos, spotted))
    assert path.read_text() == HEADER + "s15,15_0401anger1,22,31,negative\ns15,15_0401anger1,57,59,\n"
    assert read_predictions(path) == [
        VideoInterval("s15", "15_0401anger1", 22, 31, "negative"),
        VideoInterval("s15", "15_0401anger1", 57, 59, None),
    ]
    placed = place_predictions(videos, read_predictions(path)[:1])
    assert [(one.onset, one.offset, one.label) for one in placed[0].candidates] == [(9, 18, "negative")]


@pytest.mark.parametrize("columns", ["subject,video,onset,offset,emotion", "emotion,offset,onset,video,subject"])
def test_columns_in_any_order_and_names_without_padding(videos, tmp_path, columns):
    values = {"subject": "6", "video": "6_1", "onset": "-3", "offset": "5", "emotion": "Happiness"}
    path = tmp_path / "samm_pred.csv"
    path.write_text(columns + "\n" + ",".join(values[name] for name in columns.split(",")) + "\n")
    with pytest.warns(UserWarning, match="1 intervals begin before frame 0, the first in row 2; they count as they"):
        placed = place_predictions(videos, read_predictions(path))
    assert [(one.onset, one.offset, one.label) for one in placed[1].candidates] == [(-4, 4, "positive")]


def test_names_that_begin_like_formulas_are_text_and_come_back(tmp_path):
    wanted = [VideoInterval("=1+1", "-film", 3, 9, "@fear"), VideoInterval("s1", "'quoted", 3, 9, "a\x1b[31m")]
    path = write_predictions(tmp_path / "pred.csv", wanted)
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert rows[1] == ["'=1+1", "'-film", "3", "9", "'@fear"] and "\x1b" not in rows[2][4]
    assert [(one.subject, one.video) for one in read_predictions(path)] == [("=1+1", "-film"), ("s1", "'quoted")]


def test_predictions_by_anybody_are_scored(videos, tmp_path):
    path = tmp_path / "cas_pred.csv"
    path.write_text(HEADER + "s15,15_0401anger1,22,31,disgust\n6,006_1,50,61,others\n6,006_1,1,9,surprise\n")
    report = evaluate_predictions(videos, path, tmp_path / "out")
    score = report["scores"]["cas_pred.csv"]["micro"]
    assert (score["hits"], score["spotted"], score["truth"]) == (2, 3, 2) and score["f1"] == pytest.approx(4 / 5)
    assert report["scores"]["cas_pred.csv"]["macro"]["truth"] == 0 and report["scores"]["cas_pred.csv"]["all"] == score
    # one of two emotions is right: precision and recall of negative are 1, of surprise 0
    assert report["scores"]["cas_pred.csv"]["strs"]["micro"]["strs"] == pytest.approx(0.8 * 0.5)
    assert report["official_strs"]["hits"] == 2
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    assert "cas_pred.csv" in (tmp_path / "out" / "report.md").read_text()


@pytest.mark.parametrize(
    "text, said",
    [
        ("subject,video,onset\n1,a,2\n", "no column `offset`"),
        (HEADER + "s15,15_0401anger1,30,20,negative\n", "Row 2 of .*before its onset"),
        (HEADER + "s15,15_0401anger1,x,20,negative\n", "Row 2 of .*no number of a frame"),
        (HEADER + "s15,15_0401anger1,-9,-2,negative\n", "Row 2 of .*offset `-2` is negative"),
        (HEADER + "s15,,1,20,negative\n", "Row 2 of .*must be there"),
        (HEADER + "s15,nowhere,1,20,negative\n", "name 1 videos that are not among the 2 .*s15/nowhere"),
    ],
)
def test_mistakes_are_a_sentence_and_leave_nothing(videos, tmp_path, text, said):
    path = tmp_path / "cas_pred.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        evaluate_predictions(videos, path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="no file of predictions"):
        read_predictions(tmp_path / "absent.csv")


@pytest.fixture
def challenge(tmp_path):
    """Folders of frames of both parts, beside a film."""
    root = tmp_path / "testset"
    for folder, names in (
        ("SAMM/006_1", [f"006_1_{n:04d}.jpg" for n in range(5, 60)]),
        ("CAS/spNO.1/a/color", [f"{n}.jpg" for n in range(1, 50)]),
        ("CAS/spNO.1/a/depth", ["1.png"]),
        ("CAS/spNO.1/b", ["1.jpg", "2.jpg"]),
    ):
        (root / folder).mkdir(parents=True)
        for name in names:
            (root / folder / name).touch()
    (root / "talk.mp4").touch()
    return root


def test_films_below_a_folder(challenge):
    assert [(film.subject, film.video, film.file, film.fps) for film in find_films(challenge)] == [
        ("spNO.1", "a", "cas_pred.csv", 30.0),
        ("spNO.1", "b", "cas_pred.csv", 30.0),
        ("006", "006_1", "samm_pred.csv", 200.0),
        ("talk", "talk", "pred.csv", None),
    ]
    assert find_films(challenge / "SAMM" / "006_1") == [] and find_films(challenge / "talk.mp4") == []


class Answer:
    """What a spotter finds in every film."""

    intervals = [
        Found(3, 5, 9, 0.1, 0.2, 0.3, "micro", 0.9, "brows", 0, "none", {"none": 0.6, "negative": 0.4}),
        Found(3, 20, 40, 0.1, 0.5, 1.3, "macro", 0.9, "mouth"),
    ]


def test_unlabelled_films_are_spotted_one_by_one_and_a_run_goes_on(challenge, tmp_path):
    films, looked = find_films(challenge), []

    def spot(films):
        looked.extend(film.video for film in films)
        # as they end, not as they were given
        for number, film in reversed(list(enumerate(films))):
            yield number, InputError("no face was found") if film.video == "b" else Answer()

    files, failures = spot_films(films, tmp_path / "out", {"strictness": 0.5}, spot)
    assert sorted(path.name for path in files) == ["cas_pred.csv", "pred.csv", "samm_pred.csv"]
    assert (tmp_path / "out" / "cas_pred.csv").read_text() == HEADER + "spNO.1,a,4,10,negative\n"
    assert (tmp_path / "out" / "samm_pred.csv").read_text() == HEADER + "006,006_1,8,14,negative\n"
    assert (tmp_path / "out" / "pred.csv").read_text() == HEADER + "talk,talk,3,9,negative\n"
    assert [(film.video, reason) for film, reason in failures] == [("b", "no face was found")]
    looked.clear()
    spot_films(films, tmp_path / "out", {"strictness": 0.5}, spot)
    assert looked == ["b"]
    with pytest.raises(InputError, match="strictness"):
        spot_films(films, tmp_path / "out", {"strictness": 0.9}, spot)


def test_spot_of_a_folder_of_films(challenge, tmp_path, monkeypatch, capsys):
    from micron_bert.cli import spot as command
    from micron_bert.spotting import report, spotter

    class Spotter:
        def __init__(self, recognizer, strictness):
            pass

        def spot_together(self, sources, together, options):
            assert together == 3
            for number, (source, one) in enumerate(zip(sources, options, strict=True)):
                asked.append((source.name, one["fps"]))
                yield number, Answer()

    asked = []
    monkeypatch.setattr(command, "open_recognizer", lambda args: None)
    monkeypatch.setattr(spotter, "Spotter", Spotter)
    monkeypatch.setattr(report, "write_report", lambda spotting, source, folder, *rest: folder.mkdir())
    assert main(["spot", str(challenge)]) == 2
    assert "There are 4 films; name a folder" in capsys.readouterr().err
    assert main(["spot", str(challenge), "--output", str(challenge / "out")]) == 2
    assert "that is read" in capsys.readouterr().err
    assert main(["spot", str(challenge), "--output", str(tmp_path / "out"), "--together", "3"]) == 0
    said = capsys.readouterr()
    assert "samm_pred.csv" in said.out and "200 frames/s" in said.err
    assert asked == [("color", 30.0), ("b", 30.0), ("006_1", 200.0), ("talk.mp4", None)]
    with open(tmp_path / "out" / "samm_pred.csv", newline="") as file:
        assert [row["video"] for row in csv.DictReader(file)] == ["006_1"]


def test_films_by_name_get_places_of_their_own(challenge):
    named = [challenge / "talk.mp4", challenge / "SAMM" / "006_1", challenge / "talk.mp4", challenge / "CAS"]
    films = films_of(named)
    assert [film.place.as_posix() for film in films[:3]] == ["talk", "006_1", "talk-2"]
    assert len({film.place for film in films}) == len(films) == 5
    assert films[3].place.parts[0] == "CAS" and films[3].file == "cas_pred.csv"
