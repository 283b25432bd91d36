"""A stretch of a film on the command line."""

import math
from argparse import Namespace

from micron_bert.arguments.number import check_bounds
from micron_bert.errors import InputError


def add_stretch(parser, until: str = "its end") -> None:
    """Gives a command the options for a part of a film, and its rate; `until` is where the part ends by itself."""
    parser.add_argument("--start", type=float, default=0.0, metavar="S", help="look from this second on (default: 0)")
    parser.add_argument("--end", type=float, metavar="S", help=f"look up to this second (default: {until})")
    parser.add_argument(
        "--fps", type=float, help="rate at which the frames were recorded (default: what the file says)"
    )


def add_neutral(parser) -> None:
    """Gives a command the option for the person's own baseline."""
    parser.add_argument(
        "--neutral", metavar="START-END", help="seconds in which the person shows nothing, such as 0-3: what is usual"
    )


def neutral_of(args: Namespace) -> tuple[float, float] | None:
    """What [`add_neutral`] asked for; raises as [`stretch_of`] does."""
    return None if args.neutral is None else stretch_of("--neutral", args.neutral)


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
