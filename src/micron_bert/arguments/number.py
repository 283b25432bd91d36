"""Numbers from users: finite, within bounds, and refused by a sentence otherwise."""

import argparse
import math
from collections.abc import Iterator

from micron_bert.errors import InputError


def finite(text: str) -> float:
    """
    The number that somebody typed; the type of every option that takes one, by [`take_finite_numbers`].

    Raises:
        ArgumentTypeError: it is none, or it is infinite or not a number.
    """
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"`{text}` is not a finite number")
    return value


def whole(text: str) -> int:
    """
    The whole number that somebody typed.

    Raises:
        ArgumentTypeError: it is none, or no computer counts that far.
    """
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number") from None
    if abs(value) >= 2**63:
        raise argparse.ArgumentTypeError(f"`{text}` is too large")
    return value


def take_finite_numbers(parser: argparse.ArgumentParser) -> None:
    """Makes `type=float` and `type=int` of a parser [`finite`] and [`whole`]."""
    parser.register("type", float, finite)
    parser.register("type", int, whole)


def check_bounds(values: object, bounds: dict[str, tuple[float, float | None]], prefix: str = "") -> None:
    """
    Checks numbers of a namespace or a dataclass; `None` is no number and passes.

    Args:
        values (`object`):
            Has an attribute for each of the names.
        bounds (`dict[str, tuple[float, float | None]]`):
            Smallest and largest value by name; `None` where there is no largest.
        prefix (`str`, *optional*):
            What stands before a name where the user wrote it, such as `--`.

    Raises:
        InputError: one lies outside; the message names it and its bounds.
    """
    for name, (low, high) in bounds.items():
        value = getattr(values, name)
        if value is None:
            continue
        if not (low <= value <= (math.inf if high is None else high)) or math.isinf(value):
            allowed = f"at least {low}" if high is None else f"between {low} and {high}"
            raise InputError(
                f"`{prefix}{name.replace('_', '-') if prefix else name}` must be {allowed}, got `{value}`."
            )


def odd_numbers(value: object) -> Iterator[float]:
    """The infinite values and those that are not numbers, in lists and mappings too."""
    if isinstance(value, float) and not math.isfinite(value):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from odd_numbers(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from odd_numbers(one)
