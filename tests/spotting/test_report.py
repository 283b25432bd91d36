import csv
import json

import numpy as np
import pytest
from PIL import Image

from micron_bert.cli.main import main
from micron_bert.spotting import Curve, Interval
from micron_bert.spotting.pictures import MACRO, MICRO, draw_curve
from micron_bert.video.writer import write_video


@pytest.fixture(scope="module")
def path(film, tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", film[1], 30.0)


def test_command_writes_all_its_files(film, path, tmp_path, capsys):
    (event,) = film[0].events
    out = tmp_path / "new" / "out"
    assert main(["spot", str(path), "--strictness", "0", "--output", str(out)]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert "expression found" in lines[0] and lines[2].split()[:3] == ["from", "apex", "to"]
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert result["detected"] == "yes" and result["input"]["frames_per_second"] == 30
    names = {"intervals.csv", "intervals.eaf", "intervals.vtt", "result.json", "curve.csv", "curve.png", "apexes.png"}
    assert {file.name for file in out.iterdir()} == names
    rows = list(csv.DictReader((out / "intervals.csv").open()))
    assert any(abs(int(row["apex"]) - event.apex) <= 3 for row in rows)
    curve = list(csv.DictReader((out / "curve.csv").open()))
    assert len(curve) == len(film[1]) and curve[0]["movement"] == "" and float(curve[-1]["mouth"]) >= 0
    with Image.open(out / "apexes.png") as sheet:
        assert sheet.width > 300


def test_part_of_a_film_keeps_its_numbers(film, path, tmp_path, capsys):
    assert (
        main(["spot", str(path), "--start", "1", "--end", "1.5", "--strictness", "1", "--output", str(tmp_path)]) == 0
    )
    assert "no micro-expression found" in capsys.readouterr().out
    curve = list(csv.DictReader((tmp_path / "curve.csv").open()))
    assert [int(row["frame"]) for row in curve] == list(range(30, 45))
    assert not (tmp_path / "apexes.png").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["nowhere.mp4"], "no file or folder `nowhere.mp4`"),
        (["{film}", "--face", "nose"], "`--face` is `nose`"),
        (["{film}", "--strictness", "7"], "`--strictness` is `7.0`"),
        (["{film}", "--output", "{film}"], "which is a file"),
        (["{film}", "--start", "99"], "has no frame between"),
    ],
)
def test_mistakes_are_one_sentence(path, arguments, message, capsys):
    assert main(["spot", *(argument.format(film=path) for argument in arguments)]) == 2
    error = capsys.readouterr().err
    assert message in error and len(error.strip().splitlines()) == 1


def test_recognize_names_every_expression_of_a_long_film(film, path, monkeypatch, capsys):
    monkeypatch.setattr("micron_bert.model.recognizer_micron_bert.LONGEST", 1.0)
    assert main(["recognize", str(path)]) == 0
    printed = capsys.readouterr().out
    # a short film gives the probabilities of one expression instead
    assert "expression found" in printed.splitlines()[0] and "mean movement" not in printed


def test_curve_shows_intervals_and_gaps():
    times = np.arange(0, 150, 0.1)
    values = np.abs(np.sin(times))
    values[400:420] = np.nan
    present = np.isfinite(values)
    regions = dict.fromkeys(("brows", "eyes", "nose", "mouth", "cheeks"), values)
    curve = Curve(times, np.arange(len(times)), values, regions, present)
    intervals = [
        Interval(10, 12, 14, 1.0, 1.2, 1.4, "micro", 0.9, "mouth"),
        Interval(700, 710, 730, 70.0, 71.0, 73.0, "macro", 0.6, "brows"),
    ]
    picture = draw_curve(curve, intervals)
    rows = 3
    assert picture.shape[1] == 1500 and picture.shape[0] > rows * 150
    row = (picture.shape[0] - 40) // rows

    def shows(colour, part):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        return (np.abs(picture[40 + part * row : 40 + (part + 1) * row].astype(int) - wanted).max(axis=-1) < 3).any()

    assert shows(MICRO, 0) and not shows(MICRO, 1)
    assert shows(MACRO, 1) and not shows(MACRO, 2)
