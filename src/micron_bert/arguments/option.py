"""One option: its default and its help; and options that set the fields of a dataclass."""

import dataclasses
import json
from dataclasses import field

from micron_bert.arguments.number import odd_numbers
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
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"`{option}` is not JSON (`{value[:200]}`): {error}.") from error
    if not isinstance(value, dict | None):
        raise InputError(f"`{option}` must map fields of {of.__name__} to values, got `{value}`.")
    known = {field.name: field for field in dataclasses.fields(of)}
    for name, given in (value or {}).items():
        if name not in known:
            raise InputError(f"`{option}` has the unknown field `{name}`{closest(name, known)}.")
        for odd in odd_numbers(given):
            raise InputError(f"`{name}` of `{option}` must be finite, got `{odd}`.")
    return value


def amounts_of(option: str, value: dict | str | None, of: type) -> dict | None:
    """The same for a dataclass whose fields are numbers from 0 on, or pairs of them."""
    value = fields_of(option, value, of)
    for name, given in (value or {}).items():
        default = getattr(of(), name)
        numbers = given if isinstance(given, list | tuple) else [given]
        fits = all(isinstance(one, int | float) and not isinstance(one, bool) and one >= 0 for one in numbers)
        count = len(default) if isinstance(default, tuple) else None
        if not fits or isinstance(given, list | tuple) != (count is not None) or (count and len(numbers) != count):
            wanted = "a number from 0 on" if count is None else f"{count} numbers from 0 on"
            raise InputError(f"`{name}` of `{option}` must be {wanted}, got `{given}`.")
    return value
