"""Exit codes: what a user can mend is one sentence and 2, a fault of the program is its traceback and 1."""

import os
import sys
import traceback
from collections.abc import Callable

from micron_bert.errors import InputError
from micron_bert.escaping import for_terminal


def exit_code(main: Callable[[], int]) -> int:
    """Runs `main` for `python -m`; of several processes the first one reports the error."""
    try:
        return main()
    except Exception as error:
        return explain(error, quiet=os.environ.get("RANK", "0") != "0")


def explain(error: Exception, prefix: str = "", show_traceback: bool = False, quiet: bool = False) -> int:
    """
    Reports an error on standard error.

    Args:
        error (`Exception`): while it is handled.
        prefix (`str`): before the word `error`, such as the command's name.
        show_traceback (`bool`): also for what the user can mend.
        quiet (`bool`): says nothing of what the user can mend.

    Returns:
        `int`: 2 for what the user can mend, else 1.
    """
    mended = can_be_mended(error)
    if show_traceback or not mended:
        traceback.print_exc()
    if not (mended and quiet):
        print(f"{prefix}error: {for_terminal(str(error), one_line=True)}", file=sys.stderr)
    if mended:
        return 2
    print(f"This is a fault of the program. Please report it, with the lines above: {tracker()}", file=sys.stderr)
    return 1


def can_be_mended(error: Exception) -> bool:
    """Whether the user can mend it: our own errors, a file or disk, a package that is not installed."""
    if isinstance(error, ImportError):
        return not (error.name or "").startswith("micron_bert")
    if isinstance(error, OSError):
        return error.errno is not None or error.filename is not None  # the system's own, not a library's text
    return isinstance(error, InputError)


def tracker() -> str:
    """Where faults are reported: the address that the package was published with, under `Issues` of its URLs."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        addresses = metadata("micron-bert").get_all("Project-URL") or []
    except PackageNotFoundError:
        addresses = []
    named = dict(line.split(", ", 1) for line in addresses if ", " in line)
    return named.get("Issues", "to the issue tracker of the repository that micron-bert came from")
