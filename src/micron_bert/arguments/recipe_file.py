"""A recipe's file: one flat YAML mapping of names to plain values."""

import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import yaml

from micron_bert.arguments.number import odd_numbers
from micron_bert.arguments.spelling import closest, refuse_renamed
from micron_bert.errors import InputError

LARGEST = 2**20  # bytes
DEEPEST = 4  # mappings and lists in each other that an entry may have


class _Loader(yaml.SafeLoader):
    """Refuses what YAML silently takes for something else: a key that stands twice, times and octal numbers."""

    def construct_yaml_int(self, node):
        return super().construct_yaml_int(self._plain(node))

    def construct_yaml_float(self, node):
        return super().construct_yaml_float(self._plain(node))

    def _plain(self, node):
        if ":" in node.value:
            problem = f"`{node.value}` is a number of seconds to YAML; write the number, or quote it"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        if re.fullmatch(r"[+-]?0[\d_]+", node.value):
            problem = f"`{node.value}` is an octal number to YAML; leave the zero in front out, or quote it"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return node

    def construct_mapping(self, node, deep=False):
        keys = [(key.value, key.start_mark) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for place, (key, mark) in enumerate(keys):
            if key != "<<" and key in (other for other, _ in keys[:place]):
                raise yaml.MarkedYAMLError(problem=f"`{key}` stands twice", problem_mark=mark)
        return super().construct_mapping(node, deep)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)
RECIPES = Path(str(resources.files("micron_bert"))) / "recipes"  # those that come with the package


def find_recipe(recipe: str) -> Path:
    """A recipe by its path, or by the name of one that comes with the package, such as `finetune_tiny`."""
    shipped = RECIPES / f"{recipe.removesuffix('.yaml')}.yaml"
    return Path(recipe) if Path(recipe).is_file() or Path(recipe).name != recipe or not shipped.is_file() else shipped


def read_recipe_file(path: str | Path, known: Sequence[str]) -> dict:
    """
    The entries of a recipe.

    Args:
        path (`str` or `Path`):
            A YAML file with one flat mapping.
        known (`Sequence[str]`):
            Names that may occur.

    Raises:
        InputError: no such file, not YAML, not a mapping, an unknown name, a name that stands twice, or a value that
        is no text, number, truth value, or list or mapping of them.
    """
    try:
        if Path(path).stat().st_size > LARGEST:
            raise ValueError(f"it holds more than {LARGEST:,} bytes")
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        shipped = ", ".join(sorted(one.stem for one in RECIPES.glob("*.yaml")))
        raise InputError(f"The recipe `{path}` cannot be read: {reason}; with the package come {shipped}.") from error
    try:
        entries = yaml.load(text, _Loader) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise InputError(f"The recipe `{path}` is not YAML: {problem}{where}.") from error
    except RecursionError as error:
        raise InputError(f"The recipe `{path}` cannot be read: its lists lie too deep in each other.") from error
    except ValueError as error:  # such as the thirtieth of February
        raise InputError(f"The recipe `{path}` has a value that cannot be read: {error}; quote it.") from error
    if not isinstance(entries, dict):
        raise InputError(f"The recipe `{path}` must hold `name: value` lines, got a {type(entries).__name__}.")
    for name, value in entries.items():
        refuse_renamed(str(name), known)
        if name not in known:
            raise InputError(f"The recipe `{path}` has the unknown entry `{name}`{closest(str(name), known)}.")
        if problem := _unusable(value):
            raise InputError(f"`{name}` in the recipe `{path}` cannot be used: {problem}.")
    return entries


def _unusable(value: object, depth: int = 0) -> str | None:
    """Why a value is none for a recipe; `None` of a plain one."""
    if value is None or isinstance(value, bool | int):
        return None
    if isinstance(value, float):
        return next((f"`{odd}` is not a finite number" for odd in odd_numbers(value)), None)
    if isinstance(value, str):
        return "it holds a zero byte" if "\0" in value else None
    if not isinstance(value, list | dict):
        return f"`{value}` is a {type(value).__name__}; quote it if you mean text"
    if depth == DEEPEST:
        return "its lists and mappings lie too deep in each other"
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str):
                return f"it names a value by `{name}`; quote it"
        value = value.values()
    return next(filter(None, (_unusable(one, depth + 1) for one in value)), None)
