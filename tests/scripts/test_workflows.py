"""What GitHub reads is well formed: workflows whose commands and matrix values exist, hooks, issue forms."""

import itertools
import re
import runpy
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TASKS = runpy.run_path(str(ROOT / "scripts/make.py"))["TASKS"]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = [path for path in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
VARIABLE = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rows(job):
    """Each set of values that the matrix of a job takes; one empty set without a matrix."""
    matrix = dict(job.get("strategy", {}).get("matrix", {}))
    included = matrix.pop("include", [])
    product = [dict(zip(matrix, values, strict=True)) for values in itertools.product(*matrix.values())]
    return included if not matrix and included else product + included


def commands(job):
    """Each line that a job types, with the values of its matrix put in."""
    for row in rows(job):
        for step in job["steps"]:
            values = {f"matrix.{name}": str(value) for name, value in row.items()}
            yield from VARIABLE.sub(lambda found, values=values: values[found[1]], step.get("run", "")).splitlines()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_jobs_of_a_workflow_are_whole(path):
    workflow = read(path)
    assert True in workflow, "`on:`, which YAML 1.1 reads as a boolean"
    for name, job in workflow["jobs"].items():
        assert job["runs-on"] and job["steps"], name
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), f"{name}: {step}"
            assert "@" in step.get("uses", "@"), f"{name}: an action has a version"
            file = step.get("with", {}).get("cache-dependency-path")
            assert file is None or (ROOT / file).is_file(), f"{name}: {file}"


def test_every_command_of_the_project_that_a_workflow_types_exists():
    typed = {line for path in WORKFLOWS for job in read(path)["jobs"].values() for line in commands(job)}
    named = {found[1] for line in typed if (found := re.match(r"(?:make|python scripts/make\.py) (\S+)$", line))}
    assert named >= {"run", "test", "packages", "docs", "test-oldest", "test-newest"}
    assert named <= set(TASKS)


BASICS = {"python", "tested/bin/python", "make", "cat"}  # on every runner, or made by the line before


def test_every_other_program_is_installed_in_its_job_and_pinned():
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            lines = [line for line in commands(job) if line.strip()]
            programs = {line.split()[0] for line in lines} - BASICS
            for program in programs:
                installs = [line for line in lines if "pip install" in line and f"{program}==" in line]
                assert installs, f"{path.stem}, {name}: {program}"
                assert lines.index(installs[0]) < min(n for n, one in enumerate(lines) if one.split()[0] == program)


def test_files_that_a_workflow_names_are_written_or_there():
    """Such as `requirements.txt`, and the licences that one line writes and the next reads."""
    for path in WORKFLOWS:
        for job in read(path)["jobs"].values():
            text = "\n".join(commands(job))
            made = set(re.findall(r"--output-file (\S+)", text))
            named = set(re.findall(r"(?<![\w./])[\w-]+\.(?:txt|toml|md)\b", text))
            assert not [name for name in named - made if not (ROOT / name).is_file()]


def test_hooks_before_a_commit_are_those_of_the_style():
    (repository,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"].endswith("/ruff-pre-commit")
    assert [hook["id"] for hook in repository["hooks"]] == ["ruff-check", "ruff-format"]
    assert [command[1:3] for command in TASKS["style"][1]] == [["ruff", "check"], ["ruff", "format"]]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_ask_named_questions(path):
    form = read(path)
    assert form["name"] and form["description"]
    questions = [part for part in form["body"] if part["type"] != "markdown"]
    assert questions and {part["type"] for part in questions} <= {"checkboxes", "dropdown", "input", "textarea"}
    names = [part["id"] for part in questions]
    assert len(names) == len(set(names)) and all(part["attributes"]["label"] for part in questions)
