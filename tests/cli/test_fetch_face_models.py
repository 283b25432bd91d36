"""`micron-bert fetch-face-models`: the two files, and where they are."""

from micron_bert.cli.main import main
from micron_bert.faces.models import find_face_models


def test_paths_of_the_files_are_printed(model_wheel, tmp_path, capsys):
    folder = tmp_path / "models"
    assert main(["fetch-face-models", "--directory", str(folder), "--wheel", str(model_wheel)]) == 0
    models = find_face_models(folder)
    assert capsys.readouterr().out.split() == [str(models.detector), str(models.mesh)]


def test_wheel_that_is_none_is_refused(tmp_path, capsys):
    (tmp_path / "other.whl").write_bytes(b"no archive")
    options = ["--directory", str(tmp_path / "models"), "--wheel", str(tmp_path / "other.whl")]
    assert main(["fetch-face-models", *options]) == 2
    error = capsys.readouterr().err
    assert "does not hold" in error and error.count("\n") == 1
