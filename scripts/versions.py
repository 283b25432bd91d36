"""
The tests that other versions can break, in an environment of their own: `python scripts/versions.py newest`.

`newest` has the newest releases on the package index of all that the package stands on, `oldest` the oldest
Transformers that pyproject.toml allows. The environment lies in `.local/` and is made once; delete it to have it made
again.
"""

import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "tests/model", "tests/faces", "tests/video", "tests/pictures", "tests/checkpoints",
    "tests/training/test_finetune.py", "tests/hub",
)  # fmt: skip
FOR_TESTS = (
    "evaluate", "matplotlib", "onnx", "onnxruntime", "onnxscript", "parameterized", "peft", "pytest", "scikit-image",
    "setuptools", "xlwt",
)  # fmt: skip
LEFT_OUT = ("kernels", "triton")  # these come in pairs with Transformers and are optional


def main(which: str) -> int:
    if which not in ("newest", "oldest"):
        print(f"`{which}` is neither `newest` nor `oldest`.", file=sys.stderr)
        return 2
    environment = ROOT / ".local" / which
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = environment / "made"
    if not stamp.is_file():
        venv.create(environment, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        torch, *others = sorted(requirements(which), key=lambda name: not re.match(r"torch\b(?!-)", name))
        for step in ([torch], [*others, *FOR_TESTS], ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]):
            code = subprocess.call([*pip, *step])
            if code:
                return code
        stamp.touch()
    show = "import cv2, torch, transformers as t; print(*(m.__name__ + ' ' + m.__version__ for m in (t, cv2, torch)))"
    subprocess.call([str(python), "-c", show])
    return subprocess.call([str(python), "-m", "pytest", "-q", *ROOMS], cwd=ROOT)


def requirements(which: str) -> list[str]:
    """What to install: everything without its bounds, or with the lowest Transformers in its place."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = []
    for requirement in project["dependencies"]:
        requirement, _, marker = requirement.partition(";")
        name, lowest = re.match(r"([\w.-]+)(?:\[\w+\])?(?:>=([\w.]+))?", requirement).groups()
        if name in LEFT_OUT:
            continue
        pinned = f"=={lowest}.*" if (which, name) == ("oldest", "transformers") else ""
        wanted.append(f"{name}{pinned}" + (f"; {marker}" if marker else ""))
    return wanted


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["newest"]))
