"""What a command answers: words for people, or one JSON document, after everything is written."""

from collections.abc import Callable, Sequence
from pathlib import Path


def add_json(parser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document, and nothing else, as the answer")


def open_console():
    """A console of `rich` for tables on standard output: it prints names as they are, and leaves its end to `main`."""
    from rich.console import Console

    class PlainConsole(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704  the error that it is called for; its own way is to exit with 1

    return PlainConsole(soft_wrap=True, highlight=False, markup=False, color_system=None)


def print_answer(as_json: bool, document: Callable[[], dict], words: Callable[[], str], files: Sequence[Path]) -> None:
    """
    Prints the answer to standard output.

    Args:
        as_json (`bool`): whether the document was asked for.
        document (`Callable[[], dict]`): makes what is printed then.
        words (`Callable[[], str]`): makes what is printed otherwise, and the files below it.
        files (`Sequence[Path]`): what was written.
    """
    from micron_bert.output_folder import json_text

    if as_json:
        print(json_text(document(), ascii=True), end="")
        return
    print(words())
    if files:
        print()
    for path in files:
        print(path)
