"""The Space brings the package along and asks the index for nothing but what the package needs."""

import runpy
import shutil
import subprocess
import sys

import pytest
import torch
import yaml
from safetensors.torch import load_file

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError
from micron_bert.publishing import space
from micron_bert.publishing.space import requirements, stage_space

README = "---\ntitle: Demo\nsdk: gradio\nsdk_version: 6.31.0\napp_file: app.py\n---\n\n# Demo\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A checkout with a demo of one line."""
    real = space.checkout()
    for name in ("src", "kernels", "LICENSE", "requirements.txt", "pyproject.toml"):
        (tmp_path / name).symlink_to(real / name)
    demo = tmp_path / "demo"
    demo.mkdir()
    program = "import micron_bert, micron_bert.ops.dma\nprint(micron_bert.__file__)\n"
    for name, text in {"app.py": program, "README.md": README, "astronaut.py": "", ".hidden": ""}.items():
        (demo / name).write_text(text)
    (demo / "requirements.txt").write_text("gradio==6.31.0\nmicron-bert\nplotly>=6  # curves\n")
    monkeypatch.setattr(space, "checkout", lambda: tmp_path)
    return tmp_path


WITHOUT = """
import sys

sys.modules.update(dict.fromkeys({missing}))
from micron_bert.demo.analysis import Analyst
from micron_bert.demo.answer import answer
from micron_bert.demo.app import open_demo
from micron_bert.demo.text import limits_of
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.synthesis.example_clips import make_examples

limits_of(None)
analysis = Analyst(Recognizer.from_pretrained()).analyse_clip(make_examples()[0][0], lambda *told: None)
answer(analysis, "tiny")
print(analysis.recognition.label)
"""


def test_app_runs_on_the_package_in_the_folder(root, tmp_path):
    repository = stage_space("org/tiny-space", "org/tiny", None, tmp_path / "staged")
    names = {str(path) for path in repository.files()}
    assert {"face_models/face_landmark.tflite", "examples/clip-1.mp4", "examples/onset.png"} <= names
    assert {"app.py", "README.md", "LICENSE", "micron_bert/checkpoints/tiny/model.safetensors"} <= names
    assert not {"astronaut.py", ".hidden"} & names and not [name for name in names if "__pycache__" in name]
    metadata = yaml.safe_load((repository.folder / "README.md").read_text().split("---")[1])
    assert metadata["models"] == ["org/tiny"] and metadata["sdk_version"] == "6.31.0"
    done = subprocess.run([sys.executable, "app.py"], cwd=repository.folder, capture_output=True, text=True)
    assert done.stdout.strip() == str(repository.folder / "micron_bert" / "__init__.py"), done.stderr


@pytest.mark.slow
def test_the_page_needs_nothing_that_the_space_does_not_install():
    """It imports and answers where what is left out of the requirements cannot be imported."""
    modules = {"scikit-learn": "sklearn"}
    missing = sorted(modules.get(name, name) for name in space.UNUSED)
    done = subprocess.run([sys.executable, "-c", WITHOUT.format(missing=missing)], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip() == "positive", done.stderr


def test_a_model_of_ones_own_goes_with_the_space(root, tmp_path):
    source = shipped_checkpoint()
    repository = stage_space("org/mine-space", "org/mine", source, tmp_path / "staged")
    weights = (load_file(folder / "model.safetensors") for folder in (source, repository.folder / "checkpoint"))
    mine, its = weights
    assert mine.keys() == its.keys() and all(torch.equal(mine[name], its[name]) for name in mine)
    assert (repository.folder / "checkpoint" / "preprocessor_config.json").is_file()


def test_the_page_shows_the_model_beside_it(tmp_path, monkeypatch):
    served = []
    monkeypatch.setattr("micron_bert.demo.server.serve", lambda model, examples: served.append((model, examples)))
    monkeypatch.setenv("MICRON_BERT_FACE_MODELS", "elsewhere")
    program = shutil.copy(space.checkout() / "demo" / "app.py", tmp_path)
    runpy.run_path(program, run_name="__main__")
    for name in ("checkpoint", "examples"):
        (tmp_path / name).mkdir()
    runpy.run_path(program, run_name="__main__")
    assert served == [(None, None), (str(tmp_path / "checkpoint"), str(tmp_path / "examples"))]


def test_requirements_are_those_of_the_package_and_of_the_demo(root):
    lines = requirements(root, "plotly>=6\nnumpy<3\n# note\n--flag\n").splitlines()
    assert "plotly>=6" in lines and "numpy<3" in lines
    assert [line for line in lines if line.startswith("transformers==")]
    assert not [line for line in lines if line.startswith(("gradio", "micron", "#", "--flag", "numpy=="))]
    assert lines[0].startswith("--extra-index-url https://download.pytorch.org/whl/cpu")
    assert [line for line in lines if line.startswith("torch==") and line.endswith("+cpu")]
    assert not {"datasets", "openpyxl", "xlrd"} & {line.split("==")[0] for line in lines}


@pytest.mark.parametrize("text", ["# Demo\n", "---\nsdk: docker\n---\n# Demo\n", "---\n"])
def test_a_card_without_metadata_is_refused(root, tmp_path, text):
    (root / "demo" / "README.md").write_text(text)
    with pytest.raises(InputError, match="must begin with the metadata"):
        stage_space("org/tiny-space", "org/tiny", None, tmp_path / "staged")


def test_no_demo_no_space(root, tmp_path):
    (root / "demo" / "app.py").unlink()
    with pytest.raises(InputError, match="There is no Space"):
        stage_space("org/tiny-space", "org/tiny", None, tmp_path / "staged")
