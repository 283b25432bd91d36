"""Options of a command line that do not apply."""

from argparse import Namespace
from collections.abc import Sequence

from micron_bert.errors import InputError


def refuse_unused(args: Namespace, names: Sequence[str], why: str) -> None:
    """
    Refuses options that were given and that do not apply.

    Args:
        args (`Namespace`):
            What a parser of `micron-bert` read, with that parser as `parser`.
        names (`Sequence[str]`):
            Options, as attributes of `args`.
        why (`str`):
            Such as `"is for a film"`.

    Raises:
        InputError: one of them is not its default.
    """
    for name in names:
        if getattr(args, name) != args.parser.get_default(name):
            raise InputError(f"`--{name.replace('_', '-')}` {why}; leave it out.")
