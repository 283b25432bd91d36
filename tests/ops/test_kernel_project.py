"""The tests of `kernels/diagonal-micro-attention` that need Triton's interpreter, in a process of their own."""

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("package", ["triton", "kernels"])
def test_what_the_kernel_needs_is_installed(package):
    assert importlib.metadata.version(package)


@pytest.mark.parametrize("file, least, skips", [("test_fused_kernels.py", 42, 7), ("test_fused_displaced.py", 20, 0)])
def test_fused_kernels_pass_in_the_interpreter(file, least, skips):
    # the variable must stand before Triton is imported, and would slow down or break everything else in this process
    environment = os.environ | {"TRITON_INTERPRET": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    tests = ROOT / "kernels/diagonal-micro-attention/tests" / file
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tests)]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed and int(passed[1]) >= least, run.stdout
    skipped = re.search(r"(\d+) skipped", run.stdout)  # bfloat16
    assert int(skipped[1] if skipped else 0) == skips, run.stdout
