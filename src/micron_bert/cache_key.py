"""The key of a kept result: one hash of what was computed, from what, and by which code."""

import ast
import hashlib
import importlib.util
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

LENGTH = 16


def cache_key(
    computed: str, settings: Mapping | Sequence = (), files: Iterable[Path] = (), code: Iterable[str] = ()
) -> str:
    """
    The key under which a result is kept. It changes when anything changes that the result depends on.

    Args:
        computed (`str`):
            What the result is, such as `"flow"`.
        settings (`Mapping` or `Sequence`, *optional*):
            Values that it depends on, as JSON has them; others count by their text.
        files (`Iterable[Path]`, *optional*):
            Files that it depends on: their content counts, not their names.
        code (`Iterable[str]`, *optional*):
            Modules that compute it, such as `"micron_bert.faces.clip"`. The modules of this project that they import
            count too. Comments, docstrings and layout do not.

    Returns:
        `str`: 16 hexadecimal digits.

    Raises:
        ValueError: there is no such module.
    """
    digest = hashlib.sha256(json.dumps([computed, settings], sort_keys=True, default=str).encode())
    for path in files:
        with Path(path).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    for name, source in sorted(_sources(frozenset(code)).items()):
        digest.update(f"\n{name}\n{source}".encode())
    return digest.hexdigest()[:LENGTH]


@cache
def _sources(modules: frozenset[str]) -> dict[str, str]:
    """Modules and all of the project that they import: by name, what of their text can change a result."""
    found, waiting = {}, list(modules)
    for name in modules:
        if _file(name) is None:
            raise ValueError(f"There is no module `{name}`.")
    while waiting:
        name = waiting.pop()
        if name not in found and _file(name) is not None:
            found[name], imported = _read(name)
            waiting += imported
    return found


@cache
def _read(name: str) -> tuple[str, tuple[str, ...]]:
    """The text of a module without comments and docstrings, and what it may import of this project."""
    path = _file(name)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    here = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    own, imported = {"micron_bert", name.partition(".")[0]}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            imported += [module, *(f"{module}.{alias.name}" for alias in node.names)]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree), tuple(one for one in imported if one.partition(".")[0] in own)


@cache
def _file(name: str) -> Path | None:
    """Where a module's text is; found without importing it."""
    top, *parts = name.split(".")
    spec = importlib.util.find_spec(top)
    for folder in (spec and spec.submodule_search_locations) or ():
        place = Path(folder, *parts)
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                return path
    return None
