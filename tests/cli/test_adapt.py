"""`micron-bert adapt`: from films of one person to a model for that person."""

import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.cli.main import main
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.video.writer import write_video


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Ten seconds of a still face, five pictures a second."""
    path = tmp_path_factory.mktemp("films") / "rest.mp4"
    write_video(path, np.repeat(astronaut()[None, :384, 64:448], 50, axis=0), 5)
    return path


def test_a_film_becomes_a_model_that_recognises(film, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("micron_bert.training.course.adaptation.FIELDS", 20)
    monkeypatch.setattr("micron_bert.training.course.adaptation.MOST", 2)
    out = tmp_path / "mine"
    command = ["adapt", str(film), "--output", str(out), "--steps", "2", "--cache", str(tmp_path / "cache")]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "adapted to 10 s of 1 film;" in said and f"--model {out}" in said
    assert Recognizer.from_pretrained(out, "cpu", runtime="torch").model.course is not None
    assert main(command) == 0  # again: the folder is one of ours


@pytest.mark.parametrize(
    "words, what",
    [
        (["nowhere"], "There is no folder at `nowhere`"),
        (["FILM", "--steps", "0"], "`--steps`"),
        (["FILM", "--model", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_a_sentence(words, what, film, tmp_path, capsys):
    words = [str(film) if word == "FILM" else word for word in words]
    assert main(["adapt", *words, "--output", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]) == 2
    error = capsys.readouterr().err
    assert what in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()
