"""The Space's repository: the demo, with the package's own source beside it, so that it needs no index to have it."""

import re
import shutil
import tomllib
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.publishing.card import checkout
from micron_bert.publishing.kernel import SOURCE as KERNEL
from micron_bert.publishing.repository import Repository

CHECKPOINT = "checkpoint"  # folder with a model of one's own, which `demo/app.py` looks for
FACE_MODELS, EXAMPLES = "face_models", "examples"  # folders beside the page, so that it fetches and makes nothing
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"  # the index's own torch brings 2.6 GB of CUDA
# of the package's requirements what the page never imports
UNUSED = {
    "datasets",
    "openpyxl",
    "xlrd",
    "scikit-learn",
    "threadpoolctl",
    "tokenizers",
    "matplotlib",
    "pyarrow",
    "accelerate",
    "pip",
}
LEFT_OUT = shutil.ignore_patterns("astronaut.py", "__pycache__", "*.pyc", ".*", "*.egg-info")


def stage_space(repo_id: str, model_id: str, checkpoint: Path | None, folder: Path) -> Repository:
    """
    Builds the folder of the Space.

    Args:
        repo_id (`str`):
            `ORG/NAME-space`.
        model_id (`str`):
            The model's repository, which the Space's page refers to.
        checkpoint (`Path`, *optional*):
            The model that it shows; the one that comes with the package if left out.
        folder (`Path`):
            Made here; anything in it is replaced.

    Raises:
        [`InputError`]: the checkpoint cannot be loaded, the checkout has no demo, or its card has no metadata.
    """
    from micron_bert.faces.models import fetch_face_models
    from micron_bert.recognition.recognizer import Recognizer
    from micron_bert.synthesis.example_clips import make_examples

    root = checkout()
    demo = root / "demo"
    if not (demo / "app.py").is_file():
        raise InputError(f"There is no Space in `{demo}` (it has no `app.py`); publish the other parts one by one.")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(demo, folder, ignore=LEFT_OUT)
    package = folder / "micron_bert"
    shutil.copytree(root / "src" / "micron_bert", package, ignore=LEFT_OUT)
    kernel = root / KERNEL / "torch-ext" / "diagonal_micro_attention"
    shutil.copytree(kernel, package / "ops" / "dma", ignore=LEFT_OUT, dirs_exist_ok=True)
    models = fetch_face_models()
    (folder / FACE_MODELS).mkdir()
    for path in (models.detector, models.mesh):
        shutil.copy(path, folder / FACE_MODELS)
    clips, pair = make_examples()
    (folder / EXAMPLES).mkdir()
    for path in (*clips, *pair):
        shutil.copy(path, folder / EXAMPLES)
    if checkpoint is not None:
        recognizer = Recognizer.from_pretrained(checkpoint, device="cpu")
        recognizer.model.save_pretrained(folder / CHECKPOINT)
        recognizer.processor.save_pretrained(folder / CHECKPOINT)
    shutil.copy(root / "LICENSE", folder)
    written = (demo / "requirements.txt").read_text(encoding="utf-8") if (demo / "requirements.txt").is_file() else ""
    (folder / "requirements.txt").write_text(requirements(root, written), encoding="utf-8")
    (folder / "README.md").write_text(_card((demo / "README.md"), model_id), encoding="utf-8")
    return Repository("space", repo_id, folder, replaced=("*.py", "micron_bert/*", f"{CHECKPOINT}/*", f"{EXAMPLES}/*"))


def requirements(root: Path, written: str) -> str:
    """The requirements of the page, in the versions that are tested together, with those of its own list."""
    tested = {
        _name(line): line.split(";")[0].strip()
        for line in _lines((root / "requirements.txt").read_text(encoding="utf-8"))
    }
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {_name(line): tested.get(_name(line), line) for line in settings["project"]["dependencies"]}
    wanted = {name: line for name, line in wanted.items() if name not in UNUSED}
    if "==" in wanted["torch"]:
        wanted["torch"] += "+cpu"
    own = {_name(line): line for line in _lines(written) if _name(line) != "micron-bert"}
    # gradio comes from the card's `sdk_version`
    lines = [line for name, line in {**wanted, **own}.items() if name != "gradio"]
    return "".join(f"{line}\n" for line in (f"--extra-index-url {CPU_WHEELS}", *lines))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "-"))]


def _name(requirement: str) -> str:
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")


def _card(path: Path, model_id: str) -> str:
    from huggingface_hub import SpaceCard

    card = SpaceCard(path.read_text(encoding="utf-8")) if path.is_file() else None
    if card is None or card.data.sdk != "gradio":
        raise InputError(f"`{path}` must begin with the metadata of a Space (`sdk: gradio`, …) between `---` lines.")
    card.data.models = [model_id]
    return card.content
