"""`micron-bert spot`: the files of a film, a part of it, and what is refused."""

import csv
import json

import pytest
from PIL import Image

from micron_bert.cli.main import main


def test_all_files_are_written(film, tmp_path, capsys):
    path, made = film
    (event,) = made.events
    out = tmp_path / "new" / "out"
    assert main(["spot", str(path), "--strictness", "0", "--output", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "expression found" in lines[0] and lines[2].split()[:3] == ["from", "apex", "to"]
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert result["detected"] == "yes" and result["input"]["frames_per_second"] == 30
    names = {"intervals.csv", "intervals.eaf", "intervals.vtt", "result.json", "curve.csv", "curve.png", "curve.pdf"}
    names |= {"apexes.png"}
    assert {file.name for file in out.iterdir()} == names
    rows = list(csv.DictReader((out / "intervals.csv").open(encoding="utf-8")))
    assert any(abs(int(row["apex"]) - event.apex) <= 3 for row in rows)
    curve = list(csv.DictReader((out / "curve.csv").open(encoding="utf-8")))
    assert len(curve) == len(made) and curve[0]["movement"] == "" and float(curve[-1]["mouth"]) >= 0
    with Image.open(out / "apexes.png") as sheet:
        assert sheet.width > 300


def test_part_of_a_film_keeps_its_numbers(film, tmp_path, capsys):
    part = ["--start", "1", "--end", "1.5", "--strictness", "1", "--output", str(tmp_path), "--figures", "svg"]
    assert main(["spot", str(film[0]), *part]) == 0
    assert "no micro-expression found" in capsys.readouterr().out
    curve = list(csv.DictReader((tmp_path / "curve.csv").open(encoding="utf-8")))
    assert [int(row["frame"]) for row in curve] == list(range(30, 45))
    assert not (tmp_path / "apexes.png").exists()
    assert [path.suffix for path in sorted(tmp_path.glob("curve.*"))] == [".csv", ".svg"]
    assert main(["spot", str(film[0]), *part[:6], "--json"]) == 0
    printed, kept = json.loads(capsys.readouterr().out), json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert sorted(kept.pop("files")) == sorted(path.name for path in tmp_path.iterdir())
    assert printed == kept | {"files": []}


def test_what_is_not_ours_is_not_replaced(film, tmp_path, capsys):
    (tmp_path / "curve.csv").write_text("an hour of work")
    assert main(["spot", str(film[0]), "--output", str(tmp_path)]) == 2
    assert "holds the file `curve.csv`, which would be replaced" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["curve.csv"]
    (tmp_path / "result.json").write_text('{"version": "1", "source": "a.mp4", "files": ["curve.png", "result.json"]}')
    assert main(["spot", str(film[0]), "--output", str(tmp_path)]) == 2
    assert "holds the file `curve.csv`, which would be replaced" in capsys.readouterr().err
    assert (tmp_path / "curve.csv").read_text() == "an hour of work"
    assert main(["spot", str(tmp_path), "--output", str(tmp_path / "out")]) == 2
    assert "that is read; name one outside" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["nowhere.mp4"], "no file or folder `nowhere.mp4`"),
        (["{film}", "--face", "nose"], "`--face` is `nose`"),
        (["{film}", "--strictness", "7"], "`--strictness` is `7.0`"),
        (["{film}", "--output", "{film}"], "which is a file"),
        (["{film}", "--start", "2", "--end", "1"], "`--end` is `1.0`, not after `--start`"),
        (["{film}", "--start", "-1"], "`--start` must be at least 0"),
        (["{film}", "--fps", "0"], "`--fps` must be between"),
        (["{film}", "--together", "2"], "`--together` is for several films"),
        (["{film}", "{film}", "--together", "0", "--output", "out"], "`--together` is `0`"),
        (["{film}", "nowhere.mp4"], "no file or folder `nowhere.mp4`"),
        (["{film}", "{film}"], "There are 2 films; name a folder"),
        (["{film}", "--start", "99"], "has no frame between"),
    ],
)
def test_mistakes_are_one_sentence(film, arguments, message, capsys):
    assert main(["spot", *(argument.format(film=film[0]) for argument in arguments)]) == 2
    error = capsys.readouterr().err
    assert message in error and len(error.strip().splitlines()) == 1
