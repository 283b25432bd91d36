"""The commands of the project are the same with `make` and without, and the documents name no other."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TASKS = runpy.run_path(str(ROOT / "scripts/make.py"))["TASKS"]


def test_makefile_has_the_same_commands():
    line = re.search(r"^TASKS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert line.split() == list(TASKS)


@pytest.mark.parametrize("arguments, status", [([], 0), (["nonsense"], 2)])
def test_commands_are_listed(arguments, status):
    run = subprocess.run(
        [sys.executable, "scripts/make.py", *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode == status
    assert [line.split()[0] for line in run.stdout.splitlines()] == list(TASKS)


def test_documents_name_commands_that_exist():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.*")]
    named = {
        (page.name, command)
        for page in pages
        for command in re.findall(
            r"(?:`|^|run: )(?:make|python scripts/make\.py) ([\w-]+)", page.read_text("utf-8"), re.M
        )
    }
    assert {command for _, command in named} >= {"run", "test", "docs"}
    assert not [(page, command) for page, command in named if command not in {*TASKS, "help"}]
