"""A recipe: one flat YAML file, with the command line over it, into dataclasses of arguments."""

import argparse
import dataclasses
import json
from collections.abc import Sequence
from enum import Enum

from transformers import HfArgumentParser, TrainingArguments

from micron_bert.arguments.help import ALL
from micron_bert.arguments.number import take_finite_numbers
from micron_bert.arguments.recipe_file import find_recipe, read_recipe_file
from micron_bert.arguments.spelling import closest, refuse_renamed
from micron_bert.errors import InputError

# options that name the starting model, of which one is given; a typed one replaces the recipe's
STARTS = ("preset", "checkpoint", "baseline")


class _Parser(HfArgumentParser):
    """Reports a wrong argument in one sentence, without the usage."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        take_finite_numbers(self)

    def error(self, message: str):
        raise InputError(f"The arguments cannot be used: {message}.")


def _tokens(name: str, value) -> list[str]:
    """A YAML entry as it would be typed on the command line."""
    if isinstance(value, dict):
        return [f"--{name}", json.dumps(value)]
    if isinstance(value, list):
        return [f"--{name}", *map(str, value)] if value else []
    return [f"--{name}={str(value).lower() if isinstance(value, bool) else value}"]


def parse_recipe(argv: Sequence[str], kinds: Sequence[type], prog: str, description: str) -> tuple:
    """
    Reads `[RECIPE.yaml] [--name value …]` into dataclasses; what is typed wins over the file.

    Of `preset`, `checkpoint` and `baseline` one may be given; one that is typed takes the place of the recipe's.

    Args:
        argv (`Sequence[str]`):
            The arguments after the command.
        kinds (`Sequence[type]`):
            Dataclasses to fill.
        prog, description (`str`):
            For `--help`.

    Returns:
        `tuple`: one object for each of `kinds`.

    Raises:
        InputError: a recipe that cannot be read, an unknown name, or a value of the wrong type.
    """
    parser = _Parser(
        kinds, prog=prog, usage="%(prog)s [RECIPE.yaml] [--name value ...]", description=description,
        allow_abbrev=False, exit_on_error=False, formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )  # fmt: skip
    parser.add_argument(ALL, action="help", help=argparse.SUPPRESS)
    known = [field.name for kind in kinds for field in dataclasses.fields(kind) if field.init]
    typed = list(argv)
    recipe = typed.pop(0) if typed and not typed[0].startswith("-") else None
    entries = read_recipe_file(find_recipe(recipe), known) if recipe else {}
    for kind in kinds:
        for field in dataclasses.fields(kind):
            has_default = field.default_factory is not dataclasses.MISSING and field.default_factory()
            if has_default and entries.get(field.name) == []:
                raise InputError(f"`{field.name}` in the recipe `{recipe}` is empty; leave it out for the default.")
    single = {action.dest for action in parser._actions if action.nargs not in ("+", "*")}
    for name, value in entries.items():
        if isinstance(value, list) and len(value) > 1 and name in single:
            raise InputError(f"`{name}` in the recipe `{recipe}` takes one value, got {len(value)}.")
    named = [token.split("=")[0].lstrip("-").replace("-", "_") for token in typed if token.startswith("--")]
    if _the_model(named, known, "on the command line"):
        entries = {name: value for name, value in entries.items() if name not in STARTS}
    _the_model([name for name, value in entries.items() if value is not None], known, f"in the recipe `{recipe}`")
    stored = [token for name, value in entries.items() if value is not None for token in _tokens(name, value)]
    for source, tokens in ((f"recipe `{recipe}`", stored), ("command line", typed)):
        _check(parser, tokens, known, source)
    return parser.parse_args_into_dataclasses(stored + typed, look_for_args_file=False)[: len(kinds)]


def _the_model(names: Sequence[str], known: Sequence[str], where: str) -> str | None:
    """Which of `STARTS` was given, if any."""
    given = [name for name in STARTS if name in names and name in known]
    if len(given) > 1:
        raise InputError(f"Give one of {', '.join(f'`{name}`' for name in given)} {where}, not both.")
    return given[0] if given else None


def settings_of(*arguments) -> dict:
    """All that differs from the defaults, by name, in the form a recipe has."""
    settings = {}
    for group in arguments:
        training = isinstance(group, TrainingArguments)
        default = type(group)(output_dir=group.output_dir) if training else type(group)()
        for field in dataclasses.fields(group):
            value = getattr(group, field.name)
            if field.init and value != getattr(default, field.name):
                settings[field.name] = value.value if isinstance(value, Enum) else value
        if training:
            settings["output_dir"] = group.output_dir
    # through JSON, so that what is not plain data (none of the named options) becomes text
    return json.loads(json.dumps(settings, default=str))


def _check(parser: _Parser, tokens: list[str], known: list[str], source: str) -> None:
    """Raises `InputError` for names and values that cannot be used, saying where they come from."""
    try:
        _, unknown = parser.parse_known_args(tokens)
    except argparse.ArgumentError as error:
        name = (error.argument_name or "").split("/")[0].lstrip("-")
        reason = error.message.rstrip(".")
        raise InputError(f"`{name}` in the {source} cannot be used: {reason}.") from error
    if unknown:
        name = unknown[0].split("=")[0]
        refuse_renamed(name, known)
        near = closest(name.lstrip("-").replace("-", "_"), known)
        raise InputError(f"`{name}` in the {source} is not an option{near}.")
