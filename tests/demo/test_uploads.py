"""An upload stays while it is looked at, and no longer."""

import os
from pathlib import Path

import pytest

from micron_bert.demo.uploads import held, upload_folder
from micron_bert.errors import InputError


@pytest.mark.parametrize("linked", [True, False])
def test_upload_stays_when_its_first_name_goes(tmp_path, monkeypatch, linked):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    if not linked:

        def refuse(source, target):
            raise OSError("another file system")

        monkeypatch.setattr(os, "link", refuse)
    files = [tmp_path / "a" / "face.png", tmp_path / "b" / "face.png"]
    for number, file in enumerate(files):
        file.parent.mkdir()
        file.write_text(str(number))
    with held([str(file) for file in files]) as paths:
        for file in files:
            file.unlink()
        assert [path.read_text() for path in paths] == ["0", "1"] and {path.name for path in paths} == {"face.png"}
    assert not [path for path in tmp_path.rglob("*") if path.is_file()] and not paths[0].parent.exists()


def test_upload_that_is_gone(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with pytest.raises(InputError, match="`film.mp4` has been deleted"), held([str(Path("gone") / "film.mp4")]):
        pass
    assert not list(tmp_path.iterdir())


def test_without_a_folder_of_its_own_it_takes_gradios(monkeypatch, tmp_path):
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert upload_folder() == (tmp_path / "gradio").resolve() and upload_folder().is_dir()
