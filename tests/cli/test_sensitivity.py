"""`micron-bert sensitivity`: from a film to what would be found in it."""

import json

import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.cli.main import main
from micron_bert.video.writer import write_video


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Two and a half seconds of a still face."""
    path = tmp_path_factory.mktemp("films") / "still.mp4"
    return write_video(path, np.repeat(astronaut()[None, :288, 64:384], 63, axis=0), 25)


def test_a_film_is_answered_in_words_and_numbers(film, tmp_path, capsys):
    command = ["sensitivity", str(film), "--count", "2", "--sizes", "3", "4"]
    assert main([*command, "--output", str(tmp_path / "out.json")]) == 0
    said = capsys.readouterr().out
    assert "2 synthetic micro-expressions of 3 to 4 % of the eye distance" in said
    assert said.rstrip().endswith("out.json")
    kept = json.loads((tmp_path / "out.json").read_text())
    assert main([*command, "--json", "--runtime", "onnx"]) == 0
    answer = json.loads(capsys.readouterr().out)
    events = [{name: one[name] for name in ("onset", "size", "label")} for one in answer["events"]]
    assert events == [{name: one[name] for name in ("onset", "size", "label")} for one in kept["events"]]
    assert answer["groups"]["all"]["put_in"] == 2 and answer["source"] == str(film)


@pytest.mark.parametrize(
    "words, what",
    [
        (["nowhere.mp4"], "There is no file or folder `nowhere.mp4`"),
        (["FILM", "--sizes", "3", "1"], "`--sizes` is `3 1`; give the smaller size first"),
        (["FILM", "--sizes", "0", "1"], "`--sizes`"),
        (["FILM", "--count", "0"], "`--count` must be between 1 and 10000"),
        (["FILM", "--rate-factor", "60"], "`--rate-factor`"),
        (["FILM", "--neutral", "2"], "`--neutral`"),
        (["FILM", "--end", "1"], "give 2 s or more"),
        (["FILM", "--output", "FILM"], "would be replaced"),
    ],
)
def test_mistakes_are_a_sentence(words, what, film, capsys):
    words = [str(film) if word == "FILM" else word for word in words]
    assert main(["sensitivity", *words]) == 2
    error = capsys.readouterr().err
    assert what in error and error.count("\n") == 1
