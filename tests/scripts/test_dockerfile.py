"""The image is built from files that exist, by commands that exist, with all that the page and the commands import."""

import importlib
import importlib.metadata
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from skimage.data import astronaut

from micron_bert.cli.main import COMMANDS, make_parser
from micron_bert.video.writer import write_video

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = [
    line for line in re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines() if line
]
IGNORE = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()


def instructions(name):
    return [line.removeprefix(f"{name} ") for line in LINES if line.startswith(f"{name} ")]


def commands():
    """Words of each command in the build, and of those that the head shows, without their pipes."""
    for line in instructions("RUN"):
        yield from (shlex.split(part) for part in line.split("&&"))
    for line in re.findall(r"docker run .* micron-bert(?: (.*?))?(?:  |$)", TEXT, re.MULTILINE):
        yield ["micron-bert", *(shlex.split(line) or json.loads(instructions("CMD")[0]))]


def test_every_instruction_is_one():
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert {line.split()[0] for line in LINES} <= known


def test_what_is_copied_is_there_and_not_ignored():
    kept = [name.removeprefix("!") for name in IGNORE if name.startswith("!")]
    assert IGNORE[0] == "**" and not [name for name in kept if not (ROOT / name).exists()]
    copied = [shlex.split(line)[:-1] for line in instructions("COPY") if not line.startswith("--from")]
    for source in (name for names in copied for name in names if name != "."):
        assert (ROOT / source).exists() and any(Path(source).is_relative_to(name) for name in kept)


def test_the_context_is_all_that_the_wheel_is_built_from():
    from micron_bert.publishing.wheel import PARTS

    assert {f"!{part}" for part in PARTS} <= set(IGNORE)


def test_our_commands_and_their_options_exist():
    ours = [words[1:] for words in commands() if words[0] == "micron-bert"]
    ours.append(json.loads(instructions("CMD")[0]))
    assert {words[0] for words in ours} == {"demo", "spot", "fetch-face-models"}
    for words in ours:
        assert words[0] in COMMANDS
        make_parser(words[0]).parse_args(words)
    assert json.loads(instructions("ENTRYPOINT")[0]) == ["micron-bert"]


def test_python_of_the_build_finds_what_it_calls():
    (program,) = (words[2] for words in commands() if words[:2] == ["python", "-c"])
    imported, module, name = re.match(r"import (\S+); from (\S+) import (\w+); \3\(\)$", program).groups()
    importlib.import_module(imported)
    assert callable(getattr(importlib.import_module(module), name))


def test_pip_knows_its_options():
    pip = pytest.importorskip("pip._internal.commands")
    typed = [words[1:] for words in commands() if words[0] == "pip"]
    assert [words[0] for words in typed] == ["wheel", "install", "install"]
    for name, *words in typed:
        pip.create_command(name).parse_args(words)


def packages():
    """Names of the packages that are installed without their own list of requirements: what is used without torch."""
    install = next(words for words in commands() if words[:2] == ["pip", "install"] and "-c" in words)
    return {plain(word) for word in install[4:]}


def plain(name):
    return re.match(r"[\w.-]+", name)[0].lower().replace("_", "-").replace(".", "-")


def installed():
    """The packages of the image and what these need in turn."""
    found, ahead = set(), packages()
    while ahead:
        name = ahead.pop()
        found.add(name)
        try:
            needed = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:  # for another system
            continue
        ahead |= {plain(line) for line in needed if "extra ==" not in line} - found
    return found


IMAGE = """
import sys
from importlib.machinery import PathFinder

left_out = set(sys.argv[1].split())

class InTheImage(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if path is None and name in left_out else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = InTheImage
from micron_bert.cli.main import main
for arguments in (["recognize", "film.mp4", "--output", "named"], ["spot", "film.mp4", "--output", "spotted"]):
    assert main(arguments) == 0, arguments
import micron_bert.demo.app
"""


@pytest.mark.slow
def test_image_recognises_spots_and_has_what_the_page_imports(tmp_path):
    """In an interpreter that finds only what the image has."""
    kept, homes = installed(), importlib.metadata.packages_distributions()
    left_out = [
        name
        for name, owners in homes.items()
        if name != "micron_bert" and not kept & {plain(owner) for owner in owners}
    ]
    assert {"torch", "transformers"} <= set(left_out)
    write_video(tmp_path / "film.mp4", [astronaut()[:320, 60:380]] * 30, 30)
    run = subprocess.run(
        [sys.executable, "-c", IMAGE, " ".join(left_out)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "named" / "result.json").is_file() and (tmp_path / "spotted" / "curve.png").is_file()


def test_every_package_is_pinned_by_the_tested_set():
    pins = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    tested = {name.lower().replace("_", "-") for name in pins}
    assert len(packages()) > 10 and packages() <= tested and "torch" not in packages()
