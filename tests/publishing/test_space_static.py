"""The static Space holds all that its page asks for, and nothing of it comes from elsewhere."""

import json
import re
from dataclasses import replace

import pytest
import yaml

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError
from micron_bert.onnx.record import Record
from micron_bert.publishing import space_static
from micron_bert.publishing.space_static import stage_space_static

pytest.importorskip("ai_edge_litert")
pytest.importorskip("onnx")


@pytest.fixture
def libraries(tmp_path, monkeypatch):
    folder = tmp_path / "libraries"
    folder.mkdir()
    names = ("ort.js", "ort-wasm-simd-threaded.wasm", "mediabunny.js", "mediabunny.LICENSE")
    names += ("ort.webgpu.js", "ort-wasm-simd-threaded.asyncify.wasm")
    paths = [folder / name for name in names]
    for path in paths:
        path.write_text(path.name)
    monkeypatch.setattr(space_static, "fetch_browser_libraries", lambda: paths)
    return paths


def listed(folder):
    return json.loads(re.search(r"\{.*\}", (folder / "files.js").read_text(), re.DOTALL)[0])


def test_everything_that_a_module_asks_for_is_there_and_kept(libraries, tmp_path):
    repository = stage_space_static("org/tiny-browser", "org/tiny", None, tmp_path / "staged")
    folder, names = repository.folder, {path.as_posix() for path in repository.files()}
    assert {"model/encoder.onnx", "model/face_mesh.onnx", "examples/clip-1.mp4", "LICENSE", "index.html"} <= names
    asked = set()
    for path in folder.glob("*.js"):
        asked |= set(re.findall(r'(?:from|import\() ?"\./([^"]+)"', path.read_text()))
    asked |= set(re.findall(r'(?:src|href)="([^"]+)"', (folder / "index.html").read_text()))
    assert {"libraries/ort.js", "alignment.js", "page.css", "page.js"} <= asked <= names
    kept = set(listed(folder)["names"]) - {"./"}
    later = set(listed(folder)["later"])
    assert later <= names and not later & kept  # 27 MB that only computers with WebGPU ask for
    assert (
        asked - later | {f"model/{name}.onnx" for name in ("encoder", "pair", "course", "face_detector")}
        <= kept
        <= names
    )
    metadata = yaml.safe_load((folder / "README.md").read_text().split("---")[1])
    assert metadata["sdk"] == "static" and metadata["models"] == ["org/tiny"]


def test_the_version_of_what_is_kept_changes_with_any_file(libraries, tmp_path):
    versions = []
    for content in ("one", "one", "another"):
        libraries[0].write_text(content)
        repository = stage_space_static("org/tiny-browser", "org/tiny", None, tmp_path / "staged")
        versions.append(listed(repository.folder)["version"])
    assert versions[0] == versions[1] != versions[2]


def test_nothing_refers_to_another_address():
    source = space_static.checkout() / space_static.SOURCE
    for path in {*source.iterdir()} - {source / "README.md"}:
        addresses = set(re.findall(r"https?://[^\s\"')]+", path.read_text(encoding="utf-8")))
        assert addresses <= {"http://www.w3.org/2000/svg"}, path.name


def test_a_model_that_cannot_spot_is_refused(libraries, tmp_path):
    record = replace(Record.load(shipped_checkpoint() / "onnx"), course=None)
    record.save(tmp_path)
    with pytest.raises(InputError, match="no course head that was calibrated"):
        stage_space_static("org/tiny-browser", "org/tiny", tmp_path, tmp_path / "staged")
    assert not (tmp_path / "staged").exists()
