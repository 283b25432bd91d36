"""
The GPU, the driver and the packages of a machine, and what of the package's requirements is missing or too old there.

    python -m benchmarks.gpu.environment
"""

import platform
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from benchmarks.gpu.steps import ROOT


def requirements() -> list[Requirement]:
    """What `pyproject.toml` asks for on this system."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(line) for line in project["dependencies"]]
    return [one for one in asked if one.marker is None or one.marker.evaluate()]


def version_of(package: str) -> str | None:
    """The installed version; `None` where the package is missing."""
    names = [package, re.sub("-headless$", "", package)]
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def complaints() -> list[str]:
    """One sentence for each requirement that is not met."""
    told = []
    for one in requirements():
        version = version_of(one.name)
        if version is None:
            told.append(f"{one.name} is missing; steps that need it are left out")
        elif not one.specifier.contains(version, prereleases=True):
            told.append(f"{one.name} is {version}, the package asks for {one.specifier}; tried with it all the same")
    return told


def gpu() -> str:
    """Name, driver, memory and clocks as `nvidia-smi` tells them."""
    asked = "name,driver_version,memory.total,clocks.max.sm,power.limit"
    try:
        command = ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "no GPU that nvidia-smi knows of"


def fault() -> str | None:
    """Why the package and its kernels cannot be loaded from the folder of `PYTHONPATH`; `None` where they can."""
    try:
        from micron_bert.ops import dma
    except ImportError as error:
        return f"the package cannot be loaded: {error}"
    return None if Path(dma.__file__).is_relative_to(ROOT) else f"the package is not this one's: {dma.__file__}"


def main() -> int:
    print(gpu())
    print("Python", platform.python_version(), "on", platform.machine())
    print(*(f"{name} {version_of(name) or 'missing'}" for name in ("torch", "triton", "transformers", "kernels")))
    for complaint in complaints():
        print(complaint)
    wrong = fault() if version_of("torch") else None
    if wrong:
        print(wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
