"""What a user installs: every folder of the source, and the kernel under the name the package imports it by."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from setuptools import find_packages

ROOT = Path(__file__).parents[1]
KERNEL = ROOT / "kernels" / "diagonal-micro-attention" / "torch-ext" / "diagonal_micro_attention"


@pytest.fixture(scope="module")
def settings():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built offline from a copy, so that the checkout gets no build folder."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in ("src", "kernels"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "-w", str(out), str(copy)], check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_every_folder_is_listed(settings):
    mapped = {name for name in settings["package-dir"] if name}
    assert set(settings["packages"]) == set(find_packages(ROOT / "src")) | mapped
    for name in mapped:
        assert (ROOT / settings["package-dir"][name] / "__init__.py").is_file()


def test_every_source_file_is_in_the_wheel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    kernel = {f"micron_bert/ops/dma/{path.name}" for path in KERNEL.glob("*.py")}
    weights = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src/micron_bert/checkpoints").rglob("*")
        if path.is_file()
    }
    assert sources | kernel | weights <= names
    assert not [name for name in names if name.startswith(("kernels/", "diagonal_micro_attention/", "tests/"))]


def test_operation_runs_from_the_wheel_alone(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        "import torch, micron_bert.ops.dma\nfrom micron_bert.ops import diagonal_micro_attention\n"
        "print(micron_bert.ops.dma.__file__, tuple(diagonal_micro_attention(*torch.ones(3, 1, 1, 4, 8))[1].shape))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert run.stdout.split(maxsplit=1) == [str(tmp_path / "micron_bert/ops/dma/__init__.py"), "(1, 1, 4)\n"], (
        run.stderr
    )
