"""What a user installs: a source distribution that is the whole project, a wheel that needs no checkout."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from setuptools import find_packages

from micron_bert.synthesis.example_clips import make_examples

ROOT = Path(__file__).parents[1]
KERNEL = ROOT / "kernels" / "diagonal-micro-attention" / "torch-ext" / "diagonal_micro_attention"

SMOKE = """
import numpy as np, torch
import micron_bert
from micron_bert.ops import diagonal_micro_attention
from transformers import AutoImageProcessor, AutoModelForVideoClassification

micron_bert.register()
folder = __import__("pathlib").Path(micron_bert.__file__).parent / "checkpoints" / "tiny"
rng = np.random.default_rng(0)
onset, apex = rng.integers(0, 255, (2, 112, 112, 3), dtype=np.uint8)
inputs = AutoImageProcessor.from_pretrained(folder, trust_remote_code=False)([onset, apex], return_tensors="pt")
model = AutoModelForVideoClassification.from_pretrained(folder, trust_remote_code=False)
with torch.no_grad():
    output = model(**inputs)
print(micron_bert.__file__, tuple(output.logits.shape), tuple(output.micro_map.shape))
print(tuple(diagonal_micro_attention(*torch.ones(3, 1, 1, 4, 8))[1].shape))
"""
INSTALLED = "import importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()))"
# a recipe by its name is found; without faces the command says so in one sentence and leaves with 2
RECIPE = "import sys; from micron_bert.cli.main import main; sys.exit(main(sys.argv[1:]) != 2)"


@pytest.fixture(scope="module")
def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """A source distribution built offline from a copy, so that the checkout gets no build folder."""
    copy, out = tmp_path_factory.mktemp("copy") / "project", tmp_path_factory.mktemp("sdist")
    left_out = shutil.ignore_patterns(".venv", ".git", "__pycache__", "*.egg-info", ".*_cache", "out", "runs", "site")
    shutil.copytree(ROOT, copy, ignore=left_out)
    program = f"from setuptools import build_meta; build_meta.build_sdist({str(out)!r})"
    subprocess.run([sys.executable, "-c", program], cwd=copy, check=True, capture_output=True)
    return next(out.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """The wheel built from the source distribution, as an installer without a ready wheel does."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "-w", str(out), str(sdist)], check=True, capture_output=True)
    return next(out.glob("*.whl"))


def outside(python: Path | str, *arguments: str, cwd: Path, **environment: str) -> str:
    """Output of a Python started outside the checkout, which sees nothing of it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [str(python), *arguments]
    run = subprocess.run(command, cwd=cwd, env=clean | environment, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_every_folder_is_listed(pyproject):
    settings = pyproject["tool"]["setuptools"]
    mapped = {name for name in settings["package-dir"] if name}
    assert set(settings["packages"]) == set(find_packages(ROOT / "src")) | mapped
    for name in mapped:
        assert (ROOT / settings["package-dir"][name] / "__init__.py").is_file()


def test_every_import_is_declared(pyproject):
    """Whatever the source imports is a dependency, or part of an extra; nothing comes along by luck."""
    project = pyproject["project"]
    extras = {name: lines for name, lines in project["optional-dependencies"].items() if name not in ("dev", "docs")}
    lines = [*project["dependencies"], *(line for lines in extras.values() for line in lines)]
    declared = {re.match(r"[\w.-]+", line).group().lower().replace("_", "-") for line in lines}
    homes = packages_distributions()
    undeclared = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            else:
                continue
            for top in {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"micron_bert"}:
                if not declared & {home.lower().replace("_", "-") for home in homes.get(top, [top])}:
                    undeclared.add((path.relative_to(ROOT).as_posix(), top))
    assert not undeclared


def test_every_module_that_is_run_is_declared(pyproject):
    """What the source starts as `python -m NAME` is there even where an environment has the requirements alone."""
    declared = {re.match(r"[\w.-]+", line).group() for line in pyproject["project"]["dependencies"]}
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    started = {name for text in texts for name in re.findall(r'sys\.executable, "-m", "(\w+)', text)}
    assert "pip" in started and started - {"micron_bert"} <= declared


def test_source_distribution_is_the_whole_project(sdist):
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode or not listing.stdout:
        pytest.skip("needs a git checkout, whose list of files is the truth")
    tracked = {name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()}
    with tarfile.open(sdist) as archive:
        names = {member.name.split("/", 1)[1] for member in archive if member.isfile()}
    assert {name for name in tracked if not name.startswith(".ci/")} <= names
    made = {name for name in names - tracked if not re.match(r"PKG-INFO|setup\.cfg|src/micron_bert\.egg-info/", name)}
    untracked = {name for name in made if (ROOT / name).is_file()}  # somebody's work in progress
    assert made == untracked


def test_every_source_file_is_in_the_wheel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src/micron_bert").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    kernel = {f"micron_bert/ops/dma/{path.name}" for path in KERNEL.glob("*.py")}
    assert sources | kernel <= names
    assert not [name for name in names if name.startswith(("kernels/", "diagonal_micro_attention/", "tests/"))]


def test_wheel_works_outside_the_checkout(wheel, tmp_path):
    target = tmp_path / "installed"
    install = ["-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    first, second = outside(sys.executable, "-c", SMOKE, cwd=tmp_path, PYTHONPATH=str(target)).splitlines()
    assert first == f"{target / 'micron_bert' / '__init__.py'} (1, 4) (1, 1, 14, 14)"
    assert second == "(1, 1, 4)"
    assert "recognize" in outside(
        sys.executable, "-m", "micron_bert.cli", "--help", cwd=tmp_path, PYTHONPATH=str(target)
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind, extras", [("wheel", ""), ("sdist", ""), ("wheel", "[demo,evaluation,kernels]")])
def test_package_installs_in_an_empty_environment(kind, extras, tmp_path, request):
    """As `pip install micron-bert` does it: the declared dependencies alone, by pip's own choice of versions."""
    archive = request.getfixturevalue(kind)
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    outside(scripts / "python", "-m", "pip", "install", "-q", f"{archive}{extras}", cwd=tmp_path)
    outside(scripts / "python", "-m", "pip", "check", cwd=tmp_path)
    assert str(tmp_path / "venv") in outside(scripts / "python", "-c", SMOKE, cwd=tmp_path)
    outside(scripts / "python", "-c", RECIPE, "finetune", "finetune_tiny", "--faces", "nowhere", cwd=tmp_path)
    listed = subprocess.run([scripts / "micron-bert", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert listed.returncode == 0 and "recognize" in listed.stdout
    film = str(make_examples()[0][0])
    assert "micro-expression" in outside(scripts / "python", "-m", "micron_bert", "recognize", film, cwd=tmp_path)
    refused = [scripts / "micron-bert", "publish", "--repo", "org/name", "--dry-run"]
    told = subprocess.run(refused, cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 2 and "needs a checkout" in told.stderr and not (tmp_path / "out").exists()
    if kind == "sdist":  # it brings its tests
        with tarfile.open(archive) as whole:
            whole.extractall(tmp_path, filter="data")
        (source,) = tmp_path.glob("micron_bert-*")
        outside(scripts / "python", "-m", "pip", "install", "-q", "pytest", "scikit-image", cwd=tmp_path)
        tests = ("tests/metrics", "tests/labels", "tests/arguments", "tests/model/test_configuration_micron_bert.py")
        outside(scripts / "python", "-m", "pytest", "-q", *tests, cwd=source)


@pytest.mark.slow
def test_without_torch_it_recognises_and_spots(wheel, tmp_path):
    """The packages that the Dockerfile names, and nothing more; `[onnx]` by pip alone would bring torch."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    packages = re.search(r"pip install -c requirements.txt (.*?) &&", text)[1].split()
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = ("-m", "pip", "install", "-q")
    outside(python, *pip, "-c", str(ROOT / "requirements.txt"), *packages, cwd=tmp_path)
    outside(python, *pip, "--no-deps", str(wheel), cwd=tmp_path)
    assert not {"torch", "transformers"} & set(outside(python, "-c", INSTALLED, cwd=tmp_path).split())
    film = str(make_examples()[0][0])
    assert "micro-expression" in outside(python, "-m", "micron_bert", "recognize", film, cwd=tmp_path)
    outside(python, "-m", "micron_bert", "spot", film, "--output", "out", cwd=tmp_path)
    assert "positive" in (tmp_path / "out" / "result.json").read_text(encoding="utf-8")


def test_one_version_of_ruff():
    """What is checked before a commit, in the workflow and by `make style` is the same."""
    pinned = re.search(r"^ruff==(.+)$", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)[1]
    (hooks,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert hooks["rev"] == f"v{pinned}"
