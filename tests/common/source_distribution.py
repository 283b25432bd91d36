"""
The common tests of Transformers, from the source distribution of the release that is installed.

`python tests/common/source_distribution.py` fetches them from the package index into `.local/`, which is what
`make test-transformers` does first. The wheel holds no tests; the source distribution holds those files alone that lie
directly in `tests/`, so what these import from folders beside them has a stand-in here.
"""

import importlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from types import ModuleType

import transformers

PACKAGE = "transformers_common_tests"
FOLDER = Path(__file__).resolve().parents[2] / ".local" / f"transformers-{transformers.__version__}" / PACKAGE


STAND_INS = {
    f"{PACKAGE}.exporters.test_export": {"ExportTesterMixin": type("ExportTesterMixin", (), {})},
    f"{PACKAGE}.generation.test_utils": {"GenerationTesterMixin": type("GenerationTesterMixin", (), {})},
    f"{PACKAGE}.utils.test_configuration_utils": {"config_common_kwargs": {}},
    "fetch_hub_objects_for_ci": {"url_to_local_path": lambda url: url},
}


def fetch() -> Path:
    """Downloads and unpacks the tests, unless they are there."""
    if (FOLDER / "__init__.py").is_file():
        return FOLDER
    with tempfile.TemporaryDirectory() as folder:
        release = f"transformers=={transformers.__version__}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest", folder]
        subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--no-binary", ":all:", release], check=True)
        archive = next(Path(folder).glob("transformers-*.tar.gz"))
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and Path(member.name).parent.name == "tests" and member.name.endswith(".py"):
                    tar.extract(member, folder, filter="data")
        unpacked = next(Path(folder).glob("transformers-*/tests"))
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(unpacked, FOLDER)
    (FOLDER / "__init__.py").touch()  # last: what is there is whole
    return FOLDER


def common_tests(name: str) -> ModuleType | None:
    """One file of them, such as `test_modeling_common`; None where they were not fetched."""
    if not (FOLDER / "__init__.py").is_file():
        return None
    if str(FOLDER.parent) not in sys.path:
        sys.path.append(str(FOLDER.parent))
    for module_name, attributes in STAND_INS.items():
        parent, _, _ = module_name.rpartition(".")
        for missing in (parent, module_name) if parent else (module_name,):
            if missing not in sys.modules:
                sys.modules[missing] = ModuleType(missing)
        vars(sys.modules[module_name]).update(attributes)
    return importlib.import_module(f"{PACKAGE}.{name}")


if __name__ == "__main__":
    print(f"The common tests of Transformers lie in {fetch()}.")
