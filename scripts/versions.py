"""
The tests that other versions can break, in an environment of their own: `python scripts/versions.py newest`.

`newest` has the newest releases on the package index of all that the package stands on, `oldest` the lowest release of
each that pyproject.toml allows, both with the extras. The environment lies in `.local/`; it is made anew when
pyproject.toml changes.
"""

import os
import re
import subprocess
import sys
import tomllib
import venv
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "pyproject.toml"
ROOMS = (
    "tests/model", "tests/faces", "tests/video", "tests/pictures", "tests/checkpoints", "tests/metrics",
    "tests/training/test_finetune.py", "tests/onnx", "tests/publishing", "tests/hub",
)  # fmt: skip
EXTRAS = ("demo", "evaluation", "export", "heic", "onnx", "shard", "vqa")
# the other extras come in pairs with Transformers (`kernels`) or are tools; of these the newest that fits
TOOLS = ("evaluate", "parameterized", "peft", "pytest", "xlwt")
NAME, OWN = re.compile(r"[\w.-]+"), "micron-bert"


def main(which: str) -> int:
    if which not in ("newest", "oldest"):
        print(f"`{which}` is neither `newest` nor `oldest`.", file=sys.stderr)
        return 2
    environment = ROOT / ".local" / which
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    code = make(environment, python, which)
    if code:
        return code
    show = "import cv2, torch, transformers as t; print(*(m.__name__ + ' ' + m.__version__ for m in (t, cv2, torch)))"
    subprocess.call([str(python), "-c", show])
    return subprocess.call([str(python), "-m", "pytest", "-q", *ROOMS], cwd=ROOT)


def make(environment: Path, python: Path, which: str) -> int:
    """Makes the environment unless it is there and belongs to pyproject.toml as it is; returns the exit status."""
    stamp, state = environment / "made", str(zlib.crc32(PROJECT.read_bytes() + Path(__file__).read_bytes()))
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return 0
    venv.create(environment, with_pip=True, clear=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wanted = environment / "wanted.txt"
    wanted.write_text("".join(f"{line}\n" for line in requirements(which)), encoding="utf-8")
    steps = []
    if which == "oldest":
        uv = [str(python), "-m", "uv", "pip", "compile", "--quiet", "--python", str(python)]
        # what these need in turn is left to pip, which refuses bounds that cannot be installed together
        lowest = [*uv, "--no-deps", "--resolution", "lowest", str(wanted), "--output-file", str(wanted)]
        steps = [[*pip, "uv"], lowest]
    steps += [
        [*pip, "-r", str(wanted), *TOOLS, *settings()["build-system"]["requires"]],
        [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    ]
    for step in steps:
        code = subprocess.call(step)
        if code:
            return code
    stamp.write_text(state, encoding="utf-8")
    return 0


def settings() -> dict:
    return tomllib.loads(PROJECT.read_text(encoding="utf-8"))


def requirements(which: str) -> list[str]:
    """What the package and its extras ask for: as pyproject.toml has it for `oldest`, without bounds for `newest`."""
    project = settings()["project"]
    lines = [*project["dependencies"]]
    for extra in EXTRAS:
        lines += project["optional-dependencies"][extra]
    lines = [line for line in lines if NAME.match(line)[0] != OWN]
    return list(dict.fromkeys(lines if which == "oldest" else map(unbounded, lines)))


def unbounded(requirement: str) -> str:
    """`av` for `av>=14`; what it says of the system it is for stays."""
    bounds, mark, system = requirement.partition(";")
    return f"{NAME.match(bounds)[0]}{mark}{system}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["newest"]))
