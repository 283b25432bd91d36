"""`micron-bert fetch-face-models`: the two files, and where they are."""

import zipfile

import pytest

from micron_bert.cli.main import main
from micron_bert.faces.models import DETECTOR, MESH, find_face_models


@pytest.fixture
def wheel(tmp_path):
    """A wheel with the two networks of this machine's cache in their places."""
    models = find_face_models()
    path = tmp_path / "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(models.detector, DETECTOR.member)
        archive.write(models.mesh, MESH.member)
    return path


def test_paths_of_the_files_are_printed(wheel, tmp_path, capsys):
    folder = tmp_path / "models"
    assert main(["fetch-face-models", "--directory", str(folder), "--wheel", str(wheel)]) == 0
    models = find_face_models(folder)
    assert capsys.readouterr().out.split() == [str(models.detector), str(models.mesh)]


def test_wheel_that_is_none_is_refused(tmp_path, capsys):
    (tmp_path / "other.whl").write_bytes(b"no archive")
    options = ["--directory", str(tmp_path / "models"), "--wheel", str(tmp_path / "other.whl")]
    assert main(["fetch-face-models", *options]) == 2
    error = capsys.readouterr().err
    assert "does not hold" in error and error.count("\n") == 1
