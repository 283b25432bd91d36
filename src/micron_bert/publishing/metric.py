"""A metric's repository: a Space with one module, which is where `evaluate.load("ORG/NAME")` looks."""

import ast
import doctest
import shutil
import sys
from pathlib import Path

from micron_bert import __version__
from micron_bert.publishing.card import checkout, render
from micron_bert.publishing.repository import Repository

PACKAGES = {"sklearn": "scikit-learn", "rouge_score": "rouge-score"}  # packages whose names differ from their modules
SDK_VERSION = "6.31.0"  # of gradio: the Space shows the card and how to call the metric

# `evaluate.utils.launch_gradio_widget` calls `gradio.inputs`, which Gradio has not had since version 4
APP = '''"""Shows what the metric is and how to call it."""

from pathlib import Path

import gradio

card = Path(__file__).with_name("README.md").read_text(encoding="utf-8").split("---", 2)[2]
with gradio.Blocks(title="{name}") as demo:
    gradio.Markdown(card)

if __name__ == "__main__":
    demo.launch()
'''


def metric_names() -> list[str]:
    """The metrics of `hub/metric`."""
    return sorted(
        path.stem for path in (checkout() / "hub" / "metric").glob("*/*.py") if path.stem == path.parent.name
    )


def needed(module: Path) -> list[str]:
    """The packages that a metric's module imports."""
    imports = [
        node
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {
        name.split(".")[0]
        for node in imports
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    return sorted(PACKAGES.get(name, name) for name in names - sys.stdlib_module_names)


def stage_metric(repo_id: str, name: str, folder: Path) -> Repository:
    """
    Builds the folder of one metric.

    Args:
        repo_id (`str`):
            `ORG/NAME-strs`; the module is named after the repository, because `evaluate` asks for that.
        name (`str`):
            One of [`metric_names`].
        folder (`Path`):
            Made here; anything in it is replaced.
    """
    from huggingface_hub import SpaceCardData

    source = checkout() / "hub" / "metric" / name / f"{name}.py"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    module = repo_id.split("/")[1]
    shutil.copy(source, folder / f"{module}.py")
    (folder / "requirements.txt").write_text("".join(f"{one}\n" for one in needed(source)), encoding="utf-8")
    (folder / "app.py").write_text(APP.format(name=module), encoding="utf-8")
    texts = _texts(source)
    arguments, _, example = texts["INPUTS"].partition("Examples:\n")
    card = render(
        "metric/card.md",
        SpaceCardData(
            title=module,
            sdk="gradio",
            sdk_version=SDK_VERSION,
            app_file="app.py",
            license="apache-2.0",
            tags=["evaluate", "metric", "micro-expression"],
        ),
        name=name,
        description=texts["DESCRIPTION"],
        packages=needed(source),
        example=snippet(example).replace(f'evaluate.load("{name}")', f'evaluate.load("{repo_id}")'),
        inputs=arguments.rstrip(),
        citation=texts.get("CITATION", ""),
        version=__version__,
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
    return Repository("metric", repo_id, folder)


def snippet(example: str) -> str:
    """Lines to type, and as comments what they print, from an example as docstrings have it (`>>> …`)."""
    lines = []
    for step in doctest.DocTestParser().get_examples(example):
        lines += step.source.rstrip().splitlines()
        lines += [f"# {line}" for line in step.want.splitlines()]
    return "\n".join(lines)


def _texts(source: Path) -> dict[str, str]:
    """The module's constants that are texts."""
    return {
        statement.targets[0].id: statement.value.value.strip()
        for statement in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
    }
