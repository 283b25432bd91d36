"""Load the kernel as a user of the Hub would: staged into a build variant, then through `kernels.get_kernel`."""

import importlib
import importlib.metadata
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import torch

# pytest's importlib mode makes a module of each folder above this one, `kernels` too, which would hide the library
if getattr(sys.modules.get("kernels"), "__file__", None) is None:
    sys.modules.pop("kernels", None)

PROJECT = Path(__file__).parents[1]
REPOSITORY = "micron-bert/diagonal-micro-attention"
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def pytest_configure(config):
    config.addinivalue_line("markers", "kernels_ci: the subset that kernel-builder's CI runs")
    config.addinivalue_line("markers", "slow: takes minutes")
    config.addinivalue_line("markers", "gpu: needs a CUDA GPU")


def stage(folder: Path) -> Path:
    """Lay out `folder` as kernel-builder would: one build variant with its metadata."""
    backend = "cuda" if torch.version.cuda else "cpu"
    variant = folder / "build" / f"torch-{backend}"
    shutil.copytree(
        PROJECT / "torch-ext" / "diagonal_micro_attention", variant, ignore=shutil.ignore_patterns("__pycache__")
    )
    metadata = {
        "id": "_diagonal_micro_attention_staged",
        "name": "diagonal-micro-attention",
        "version": 1,
        "license": "Apache-2.0",
        "python-depends": [],
        "backend": {"type": backend},
    }
    (variant / "metadata.json").write_text(json.dumps(metadata))
    return folder


@pytest.fixture(scope="session")
def staged(tmp_path_factory):
    try:
        importlib.metadata.version("kernels")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("needs the `kernels` library")
    return stage(tmp_path_factory.mktemp("hub") / "diagonal-micro-attention")


@pytest.fixture(scope="session")
def dma(request):
    """The kernel module; kernel-builder's test shell names its own build in LOCAL_KERNELS."""
    try:
        importlib.metadata.version("kernels")
    except importlib.metadata.PackageNotFoundError:  # the sources themselves, so that a bare GPU machine tests them
        sys.path.insert(0, str(PROJECT / "torch-ext"))
        return importlib.import_module("diagonal_micro_attention")
    staged = request.getfixturevalue("staged")
    from kernels import get_kernel

    with pytest.MonkeyPatch.context() as patch:
        if "LOCAL_KERNELS" not in os.environ:
            patch.setenv("LOCAL_KERNELS", f"{REPOSITORY}={staged}")
        return get_kernel(REPOSITORY, version=1)


@pytest.fixture(scope="session")
def device():
    return DEVICE


@pytest.fixture
def poisoned():
    """Fill new memory with NaN, so that a value no kernel wrote cannot pass for a result."""
    torch.use_deterministic_algorithms(True, warn_only=True)  # cuBLAS would want an environment variable
    assert torch.utils.deterministic.fill_uninitialized_memory
    assert torch.empty(3, device=DEVICE).isnan().all()
    yield
    torch.use_deterministic_algorithms(False)
