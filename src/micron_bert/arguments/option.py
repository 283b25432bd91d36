"""One option: its default and its help; and options that set the fields of a dataclass."""

import dataclasses
import json
from dataclasses import field

from micron_bert.arguments.spelling import closest
from micron_bert.errors import InputError


def option(default, help: str, **metadata):
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata={"help": help, **metadata})
    return field(default=default, metadata={"help": help, **metadata})


def fields_of(option: str, value: dict | str | None, of: type) -> dict | None:
    """An option that sets fields of a dataclass, as a mapping."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise InputError(f"`{option}` is not JSON (`{value}`): {error}.") from error
    if not isinstance(value, dict | None):
        raise InputError(f"`{option}` must map fields of {of.__name__} to values, got `{value}`.")
    known = {field.name for field in dataclasses.fields(of)}
    for name in value or {}:
        if name not in known:
            raise InputError(f"`{option}` has the unknown field `{name}`{closest(name, known)}.")
    return value
