"""A hook of mkdocs: one page for each room of the package, made from its docstrings; no list of names goes stale."""

from pathlib import Path

from mkdocs.structure.files import File

PACKAGE = Path(__file__).parents[1] / "src" / "micron_bert"
LEFT_OUT = {"cli"}  # `micron-bert COMMAND --help` says it


def rooms():
    """Names of the packages right under `micron_bert`, with their modules, sub-packages included."""
    for folder in sorted(path.parent for path in PACKAGE.glob("*/__init__.py")):
        if folder.name not in LEFT_OUT:
            paths = sorted(folder.rglob("*.py"), key=lambda path: (len(path.parts), path))
            modules = [path for path in paths if not path.name.startswith("_")]
            if modules:
                yield (
                    folder.name,
                    [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in modules],
                )


def on_config(config):
    config.nav.append({"Python": [{name: f"api/{name}.md"} for name, _ in rooms()]})
    return config


def on_files(files, config):
    for name, modules in rooms():
        content = f"# micron_bert.{name}\n\n" + "\n\n".join(f"::: {module}" for module in modules) + "\n"
        files.append(File.generated(config, f"api/{name}.md", content=content))
    return files
