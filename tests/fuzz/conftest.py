import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

SECONDS, MEBIBYTES = 60, 2048
HERE = Path(__file__).parent


@dataclass
class Answer:
    """How a command ended, and what it printed and left behind."""

    status: int
    seconds: float
    mebibytes: float
    killed: str | None
    stdout: str
    stderr: str

    def fault(self, output: Path | None = None) -> str | None:
        """What is wrong with this end; None for an answer or one sentence, in time, with nothing half-written."""
        if self.killed:
            return self.killed
        if self.status < 0:
            return f"it died of signal {-self.status}"
        if self.status not in (0, 1, 2) or "Traceback" in self.stderr + self.stdout:
            return f"status {self.status}: {self.stderr[-600:]}"
        if re.search(r"Warning: |\.py:\d+:", self.stderr):
            return f"a raw warning: {self.stderr[-600:]}"
        if self.status == 2:
            lines = [line for line in self.stderr.splitlines() if not line.startswith(("usage:", " "))]
            if sum(": error: " in line for line in lines) != 1:
                return f"not one sentence: {self.stderr[-600:]}"
        left = [path for path in output.rglob("*") if path.is_file()] if output and output.exists() else []
        drafts = [path.name for path in left if path.name.startswith(".")]
        if drafts:
            return f"half-written: {drafts}"
        if self.status == 2 and left:
            return f"refused, and yet left {[path.name for path in left]}"
        return None


class Commands:
    """Runs commands of micron-bert in fresh processes that need no time to import."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.server = self.start()

    def start(self) -> subprocess.Popen:
        server = subprocess.Popen(
            [sys.executable, str(HERE / "server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        )
        assert json.loads(server.stdout.readline()) == "ready"
        return server

    def __call__(self, *arguments: str | Path, seconds: float = SECONDS, mebibytes: float = MEBIBYTES) -> Answer:
        job = {
            "arguments": [str(argument) for argument in arguments],
            "folder": str(self.folder),
            "seconds": seconds,
            "mebibytes": mebibytes,
        }
        self.server.stdin.write(json.dumps(job) + "\n")
        self.server.stdin.flush()
        answer = json.loads(self.server.stdout.readline())
        printed = {name: (self.folder / name).read_bytes().decode("utf-8", "replace") for name in ("stdout", "stderr")}
        return Answer(**answer, **printed)

    def stop(self) -> None:
        self.server.stdin.close()
        self.server.wait(timeout=120)


@pytest.fixture(scope="session")
def commands(tmp_path_factory):
    if not hasattr(os, "fork"):
        pytest.skip("the commands are forked, which this system cannot")
    running = Commands(tmp_path_factory.mktemp("commands"))
    yield running
    running.stop()


@pytest.fixture
def empty(tmp_path):
    """A folder that is emptied at each call, for the output of one case after the other."""

    def clear() -> Path:
        folder = tmp_path / "out"
        shutil.rmtree(folder, ignore_errors=True)
        return folder

    return clear


@pytest.fixture(scope="session")
def damaged():
    """`damaged(content, seed)`: a damaged copy of a file's content."""
    return runpy.run_path(str(HERE / "mutation.py"))["damaged"]


@pytest.fixture(scope="session")
def face():
    """The astronaut's face, `(240, 240, 3)`, and the same with the mouth moved by a pixel."""
    rest = astronaut()[0:240, 100:340].copy()
    moved = rest.copy()
    moved[150:190] = np.roll(rest[150:190], 1, axis=0)
    return rest, moved
