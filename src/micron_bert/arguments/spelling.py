"""Names of options: the closest known one for a typing error, and the new one for an old spelling."""

from argparse import SUPPRESS, Action
from collections.abc import Iterable
from difflib import get_close_matches

from micron_bert.errors import InputError

RENAMED = {
    "workers": "`processes`",
    "folds_at_once": "`processes`",
    "beside": "`compare_with`",
    "model": "`checkpoint` (a folder, a Hub id or `tiny`), `preset` (a new model) or `baseline`",
}


def closest(name: str, known: Iterable[str]) -> str:
    """`"; did you mean `x`?"` without the mark, or nothing when no known name is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`" if near else ""


def refuse_renamed(name: str, known: Iterable[str]) -> None:
    """
    Refuses the old name of an option.

    Raises:
        InputError: `name` is not among the known ones but was once; the message says the new name.
    """
    plain = name.lstrip("-").replace("-", "_")
    if plain in RENAMED and plain not in known:
        raise InputError(f"`{name}` has another name now: {RENAMED[plain]}.")


class RenamedOption(Action):
    """An old spelling on a command line of `argparse`: `parser.add_argument("--workers", action=RenamedOption)`."""

    def __init__(self, option_strings, dest, **kwargs):
        super().__init__(option_strings, dest, nargs="?", help=SUPPRESS, default=SUPPRESS)

    def __call__(self, parser, namespace, values, option_string=None):
        parser.error(f"`{option_string}` has another name now: {RENAMED[option_string.lstrip('-')]}")


def add_processes(parser, default: int = 1, does: str = "processes at work") -> None:
    """Adds `--processes`, which every command with several processes has."""
    parser.add_argument("--processes", type=int, default=default, metavar="N", help=f"{does} (default: {default})")
    parser.add_argument("--workers", action=RenamedOption)
