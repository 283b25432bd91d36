import shutil
import subprocess

import numpy as np
import pytest
from datasets import Dataset

from micron_bert.publishing.space_static import SOURCE, checkout
from micron_bert.synthesis.clips.dataset import DatasetSettings
from micron_bert.synthesis.clips.settings import SETTINGS_FILE


@pytest.fixture
def write_clips(tmp_path):
    """Writes what a finished `micron-bert synthesize` leaves, as far as publishing looks at it."""
    import json
    from dataclasses import asdict

    def write(people={"train": ["001", "002"], "test": ["003"]}, sources=("london",), clips=None):  # noqa: B006
        folder = tmp_path / "clips"
        (folder / "data").mkdir(parents=True)
        for split, names in people.items():
            rows = {"subject": names, "label": np.arange(len(names)) % 4, "clip": names}
            Dataset.from_dict(rows).to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
        settings = DatasetSettings(clips=clips or sum(map(len, people.values())))
        (folder / SETTINGS_FILE).write_text(json.dumps({**asdict(settings), "sources": list(sources)}))
        return folder

    return write


@pytest.fixture(scope="session")
def in_node(tmp_path_factory):
    """A function that runs a script beside the page's modules in Node.js; it gives what is written to its output."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("The page's modules need Node.js.")
    folder = tmp_path_factory.mktemp("modules")
    for path in (checkout() / SOURCE).glob("*.js"):
        shutil.copy(path, folder)
    (folder / "package.json").write_text('{"type": "module"}')

    def run(script, given):
        (folder / "script.js").write_text(script)
        done = subprocess.run([node, folder / "script.js"], input=given, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


@pytest.fixture(autouse=True)
def no_graphs(request, monkeypatch):
    """Elsewhere models are published without their ONNX graphs, which take half a minute to write."""
    if request.path.name != "test_graphs.py":
        monkeypatch.setattr("micron_bert.publishing.model.add_graphs", lambda *arguments: None)


@pytest.fixture(autouse=True)
def no_wheel(request, monkeypatch):
    """Elsewhere models are published with an empty wheel; to build it takes seconds."""

    def add_wheel(folder):
        (folder / "micron_bert-0-py3-none-any.whl").touch()
        return "micron_bert-0-py3-none-any.whl"

    if request.path.name != "test_wheel.py":
        monkeypatch.setattr("micron_bert.publishing.model.add_wheel", add_wheel)


@pytest.fixture(scope="session")
def example_pair(tmp_path_factory):
    """Two frames that need not be synthesised: a photograph, and the same with lips that moved."""
    from PIL import Image
    from skimage.data import astronaut

    onset = astronaut()
    apex = onset.copy()
    apex[140:170, 190:260] = np.roll(apex, -1, axis=0)[140:170, 190:260]
    paths = [tmp_path_factory.mktemp("pair") / name for name in ("onset.png", "apex.png")]
    for path, picture in zip(paths, (onset, apex), strict=True):
        Image.fromarray(picture).save(path)
    return tuple(paths)


@pytest.fixture(autouse=True)
def examples(example_pair, monkeypatch):
    """The examples of what is published."""
    clips = [path.with_name("clip-1.mp4") for path in example_pair[:1]]
    clips[0].write_bytes(b"clip")
    monkeypatch.setattr("micron_bert.synthesis.example_clips.make_examples", lambda: (clips, example_pair))
