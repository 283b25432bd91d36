"""
The commands of the Makefile, for machines with `make` and without: `python scripts/make.py run`.

Needs only the standard library. The first command sets up `.venv`: the pinned packages, micron-bert itself, and the
two face models. Setting up again does nothing where nothing changed.
"""

import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
SETTINGS = ("requirements.txt", "pyproject.toml", "scripts/make.py")  # a change in these asks for a new set-up

TASKS = {  # name: (what it does, commands); a command is what follows `.venv/bin/python`
    "run": (
        "make a clip from a photograph, recognise its micro-expression, leave pictures in out/astronaut/",
        [
            ["demo/astronaut.py", "out/astronaut.mp4"],
            ["-m", "micron_bert.cli", "recognize", "out/astronaut.mp4", "--output", "out/astronaut"],
        ],
    ),
    "test": ("the default tests", [["-m", "pytest", "-n", "2", "--dist", "loadfile"]]),
    "test-slow": ("the tests that take minutes", [["-m", "pytest", "-m", "slow"]]),
    "test-fuzz": (
        "broken films, pictures, sheets, recipes and checkpoints, and commands that are killed; takes hours",
        [["-m", "pytest", "-m", "fuzz", "tests/fuzz"]],
    ),
    "test-transformers": (
        "the common tests of Transformers, from its source distribution, against our classes",
        [
            ["tests/common/source_distribution.py"],
            [
                "-m",
                "pytest",
                "-o",
                "addopts=--import-mode=importlib",
                "-W",
                "ignore",
                "-m",
                "transformers",
                "tests/common",
            ],
        ],
    ),
    "test-newest": (
        "models, training, remote code and the Hub with the newest releases of all that we stand on",
        [["scripts/versions.py", "newest"]],
    ),
    "test-oldest": (
        "the same with the oldest Transformers that pyproject.toml allows",
        [["scripts/versions.py", "oldest"]],
    ),
    "test-browser": (
        "both pages in Chromium (Debian: apt-get install chromium npm); SCREENSHOTS=DIR keeps pictures of them",
        [
            ["-m", "pip", "install", "--quiet", "playwright==1.65.2"],
            ["-m", "pytest", "-m", "browser", "tests/browser"],
        ],
    ),
    "style": ("lint and check the format", [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."]]),
    "docs": (
        "build the site of the documentation in site/; a dead link is an error",
        [
            ["-m", "pip", "install", "--quiet", "--no-build-isolation", "--editable", ".[docs]"],
            ["-m", "mkdocs", "build", "--strict"],
        ],
    ),
    "packages": (
        "build the wheel and the source distribution, install each in an empty environment, and try it",
        [["-m", "pytest", "-m", "slow", "tests/test_packages.py"]],
    ),
}


def main(names):
    if not names or not set(names) <= set(TASKS):
        width = max(len(name) for name in TASKS)
        print("\n".join(f"{name:{width}}  {what}" for name, (what, _) in TASKS.items()))
        return 0 if not names else 2
    code = set_up()
    for name in names:
        for command in TASKS[name][1]:
            code = code or subprocess.call([str(PYTHON), *command], cwd=ROOT)
    return code


def set_up():
    """Makes `.venv`, unless it is there and belongs to the files as they are; returns the exit status."""
    stamp = VENV / "set-up"
    content = b"".join((ROOT / name).read_bytes() for name in SETTINGS)
    state = f"{zlib.crc32(content)} {ROOT}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return 0
    python = find_python()
    if python is None:
        print("micron-bert needs Python 3.11 or newer; install it or set PYTHON to its path.", file=sys.stderr)
        return 2
    print("Setting up .venv; this takes a few minutes the first time.", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    steps = [
        [
            *pip,
            *(pin for pin in pins if pin.startswith("torch==")),
        ],  # first: nothing then asks for another build
        [*pip, "-r", "requirements.txt"],
        [*pip, "--no-deps", "--no-build-isolation", "--editable", "."],
        [str(PYTHON), "-m", "micron_bert.cli", "fetch-face-models"],
    ]
    if not PYTHON.is_file():
        steps.insert(0, [python, "-m", "venv", str(VENV)])
    for step in steps:
        code = subprocess.call(step, cwd=ROOT)
        if code:
            return code
    stamp.write_text(state, encoding="utf-8")
    return 0


def find_python():
    """Path of a Python that is new enough: the one that PYTHON names, this one, one on the path, or None."""
    names = [
        os.environ.get("PYTHON"),
        sys.executable,
        "python3",
        "python3.14",
        "python3.13",
        "python3.12",
        "python3.11",
    ]
    for name in filter(None, names):
        path = shutil.which(name)
        new_enough = "import sys; sys.exit(sys.version_info < (3, 11))"
        if path and subprocess.call([path, "-c", new_enough], stderr=subprocess.DEVNULL) == 0:
            return path
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
