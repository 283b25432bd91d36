"""The kernel's repository: build variants as the `kernels` library loads them, and the card."""

import base64
import hashlib
import json
import shutil
import tomllib
from pathlib import Path

from micron_bert.publishing.card import checkout
from micron_bert.publishing.repository import Repository

SOURCE = Path("kernels") / "diagonal-micro-attention"
BACKENDS = ("cpu", "cuda")

OPERATIONS = '''"""The name space of this build's operators."""


def add_op_namespace_prefix(name: str) -> str:
    """`name` within the name space that no other build has."""
    return f"{namespace}::{{name}}"
'''

ONE_FOLDER_DEEPER = '''"""The kernel, for loaders that look for it in a folder of its name."""

import importlib.util
import sys
from pathlib import Path

_folder = Path(__file__).parents[1]
_spec = importlib.util.spec_from_file_location(
    "{namespace}", _folder / "__init__.py", submodule_search_locations=[str(_folder)]
)
_kernel = sys.modules.get("{namespace}")
if _kernel is None:
    _kernel = importlib.util.module_from_spec(_spec)
    sys.modules["{namespace}"] = _kernel
    _spec.loader.exec_module(_kernel)
globals().update({{name: getattr(_kernel, name) for name in _kernel.__all__}})
__all__ = _kernel.__all__
'''


def stage_kernel(repo_id: str, folder: Path) -> Repository:
    """
    Builds the folder of the kernel: pure Triton, so one build for each backend, from the same files.

    Args:
        repo_id (`str`):
            `ORG/NAME-kernel`.
        folder (`Path`):
            Made here; anything in it is replaced.
    """
    source = checkout() / SOURCE
    settings = tomllib.loads((source / "build.toml").read_text(encoding="utf-8"))["general"]
    code = source / "torch-ext" / settings["name"].replace("-", "_")
    content = b"".join(path.name.encode() + path.read_bytes() for path in sorted(code.glob("*.py")))
    unique = hashlib.sha256(content).hexdigest()[:8]
    shutil.rmtree(folder, ignore_errors=True)
    for backend in BACKENDS:
        _write_variant(folder / "build" / f"torch-{backend}", code, settings, backend, unique)
    card = (source / "CARD.md").read_text(encoding="utf-8").replace(settings["hub"]["repo-id"], repo_id)
    (folder / "README.md").write_text(card, encoding="utf-8")
    shutil.copy(checkout() / "LICENSE", folder)
    branches = ("main", f"v{settings['version']}")
    return Repository("kernel", repo_id, folder, branches, replaced=("build/*",))


def _write_variant(variant: Path, code: Path, settings: dict, backend: str, unique: str) -> None:
    name = f"_{code.name}_{backend}_{unique}"
    (variant / code.name).mkdir(parents=True)
    for path in code.glob("*.py"):
        shutil.copy(path, variant)
    (variant / "_ops.py").write_text(OPERATIONS.format(namespace=name), encoding="utf-8")
    (variant / code.name / "__init__.py").write_text(
        ONE_FOLDER_DEEPER.format(namespace=f"{name}_deeper"), encoding="utf-8"
    )
    files = {path.relative_to(variant).as_posix(): path.read_bytes() for path in sorted(variant.rglob("*.py"))}
    metadata = {
        "id": name,
        "name": settings["name"],
        "version": settings["version"],
        "license": settings["license"],
        "python-depends": [],
        "backend": {"type": backend},
        "digest": {
            "algorithm": "sha256",
            "files": {path: base64.b64encode(hashlib.sha256(text).digest()).decode() for path, text in files.items()},
        },
    }
    (variant / "metadata.json").write_text(json.dumps(metadata, indent=2) + "\n", encoding="utf-8")
