"""The static Space's repository: a page that finds expressions in the visitor's browser, with all that it needs."""

import hashlib
import json
import shutil
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.onnx.record import RECORD_FILE, Record
from micron_bert.onnx.runtime import FOLDER, NEEDED, find_graphs
from micron_bert.publishing.browser_libraries import fetch_browser_libraries
from micron_bert.publishing.card import checkout
from micron_bert.publishing.repository import BROWSER, Repository

SOURCE = "hub/space_static"
MODEL, LIBRARIES, EXAMPLES = "model", "libraries", "examples"  # folders beside the page
LIST = "files.js"  # what the service worker keeps
LATER = (  # kept once they were asked for: only computers with WebGPU do
    f"{LIBRARIES}/ort.webgpu.js",
    f"{LIBRARIES}/ort-wasm-simd-threaded.asyncify.wasm",
)
NOT_KEPT = ("README.md", "LICENSE", "mediabunny.LICENSE", "service_worker.js", LIST)


def stage_space_static(repo_id: str, model_id: str, checkpoint: Path | None, folder: Path) -> Repository:
    """
    Builds the folder of the static Space; any web server can serve it too.

    Args:
        repo_id (`str`):
            `ORG/NAME-browser`.
        model_id (`str`):
            The model's repository, which the card refers to.
        checkpoint (`Path`, *optional*):
            A model with its graphs under `onnx/`; the one that comes with the package if left out.
        folder (`Path`):
            Made here; anything in it is replaced.

    Raises:
        [`InputError`]: the model has no graphs, or none of a course head that was calibrated; or a library is missing.
        ImportError: a package that converts the face models is not installed.
    """
    from micron_bert.faces.models import fetch_face_models
    from micron_bert.onnx.face_networks import export_face_networks
    from micron_bert.synthesis.example_clips import make_examples

    root = checkout()
    graphs = find_graphs(checkpoint)
    _check(graphs)
    libraries = fetch_browser_libraries()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / SOURCE, folder)
    for name in (MODEL, LIBRARIES, EXAMPLES):
        (folder / name).mkdir()
    for name in (RECORD_FILE, *NEEDED):
        shutil.copy(graphs / name, folder / MODEL)
    export_face_networks(fetch_face_models(), folder / MODEL)
    for path in libraries:
        shutil.copy(path, folder / LIBRARIES)
    shutil.copy(make_examples()[0][0], folder / EXAMPLES)
    shutil.copy(root / "LICENSE", folder)
    (folder / "README.md").write_text(_card(folder / "README.md", model_id), encoding="utf-8")
    (folder / LIST).write_text(_list(folder), encoding="utf-8")
    replaced = ("*.js", f"{MODEL}/*", f"{LIBRARIES}/*", f"{EXAMPLES}/*")
    return Repository(BROWSER, repo_id, folder, replaced=replaced)


def _check(graphs: Path) -> None:
    record = Record.load(graphs)
    if record.course is None or not record.course.calibration:
        raise InputError(
            f"The model in `{graphs}` has no course head that was calibrated; the page needs one to find expressions. "
            f"Publish the model that comes with the package, or fit one and export to `{FOLDER}/` again."
        )


def _card(path: Path, model_id: str) -> str:
    from huggingface_hub import SpaceCard

    card = SpaceCard(path.read_text(encoding="utf-8"))
    card.data.models = [model_id]
    return card.content


def _list(folder: Path) -> str:
    """Names of the page's files, those kept at once and those kept later, and a version that changes with any."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in NOT_KEPT)
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    names = ["./", *(path.relative_to(folder).as_posix() for path in paths)]
    files = {
        "version": digest.hexdigest()[:16],
        "names": [name for name in names if name not in LATER],
        "later": LATER,
    }
    return f"self.FILES = {json.dumps(files, indent=2)};\n"
