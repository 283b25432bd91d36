"""The package as a wheel in the model's repository, so that what its card says to install is always there."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.publishing.card import checkout

# what a wheel is built from; setuptools leaves folders beside it, so it is built from a copy
PARTS = ("LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "src", "kernels/diagonal-micro-attention/torch-ext")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info")
EPOCH = "315532800"  # 1980-01-01: of every file in the archive, so that equal sources give equal wheels


def add_wheel(folder: Path) -> str:
    """
    Builds the package's wheel into a folder; equal sources give the same bytes.

    Args:
        folder (`Path`): that of the repository.

    Returns:
        `str`: the name of the file.

    Raises:
        [`InputError`]: setuptools cannot build it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        source, out = Path(scratch, "source"), Path(scratch, "out")
        for part in PARTS:
            target = source / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if (checkout() / part).is_dir():
                shutil.copytree(checkout() / part, target, ignore=LEFT_OUT)
            else:
                shutil.copy(checkout() / part, target)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
        environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH}
        run = subprocess.run(
            [*command, "--wheel-dir", str(out), str(source)], env=environment, capture_output=True, text=True
        )
        wheels = sorted(out.glob("*.whl"))
        if run.returncode or not wheels:
            reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
            raise InputError(
                f"The package cannot be built ({reason}); install its tools: `pip install 'setuptools>=77'`."
            )
        shutil.copy(wheels[0], folder)
        return wheels[0].name
