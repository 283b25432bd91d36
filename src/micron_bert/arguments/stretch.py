"""A stretch of a film on the command line."""

import math
from argparse import Namespace

from micron_bert.arguments.number import check_bounds
from micron_bert.errors import InputError


def stretch_of(option: str, text: str) -> tuple[float, float]:
    """
    Seconds from and to.

    Args:
        option (`str`): name of the option, for the message.
        text (`str`): such as `0-3.5`.

    Raises:
        [`InputError`]: it is not of that form, or ends before it begins.
    """
    parts = text.split("-")
    try:
        start, end = map(float, parts)
    except ValueError:
        start = end = math.nan
    if not (math.isfinite(start) and math.isfinite(end) and start < end):
        raise InputError(f"`{option}` is `{text}`; give the seconds from and to, such as `0-3.5`.")
    return start, end


def check_stretch(args: Namespace) -> None:
    """
    Checks the options for the part of a film and the face.

    Raises:
        [`InputError`]: `--start`, `--end`, `--fps` or `--face` is no such number, or the part ends before it begins.
    """
    check_bounds(args, {"start": (0, None), "end": (0, None), "fps": (0.001, 100_000)}, prefix="--")
    if isinstance(args.face, int):
        check_bounds(args, {"face": (0, None)}, prefix="--")
    if args.end is not None and args.end <= args.start:
        raise InputError(f"`--end` is `{args.end}`, not after `--start` (`{args.start}`); give a later second.")
