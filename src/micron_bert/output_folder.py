"""Folders that belong to the settings they were begun with, and files that are there completely or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from micron_bert.errors import InputError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A hidden name beside `path` to write to, which takes its place when the block ends, and goes when it fails."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")  # another suffix, so that no pattern takes it for the file
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> Path:
    """Writes a text, completely or not at all."""
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")  # the same bytes on every system
    return path


def claim_folder(folder: Path, settings: dict, record: str) -> None:
    """
    Takes a folder for some settings, or goes on in one that was begun with the same.

    Args:
        folder (`Path`):
            New, empty, or claimed before; made if it is not there.
        settings (`dict`):
            What determines its content, as JSON has it.
        record (`str`):
            Name of the file in it that keeps the settings.

    Raises:
        InputError: it is a file, holds something else, or was begun with other settings.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"`{folder}` is a file; name a folder for the output.")
    path = folder / record
    if not path.is_file():
        if folder.is_dir() and any(folder.iterdir()):
            raise InputError(f"The folder `{folder}` holds something else; name a new folder for the output.")
        folder.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(settings, indent=2) + "\n")
        return
    try:
        before = dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise InputError(f"`{path}` is damaged; delete the folder `{folder}` or name another.") from None
    now = json.loads(json.dumps(settings))  # lists for tuples, as they were written
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            was, wanted = (str(values.get(name, "the default")) for values in (before, now))
            raise InputError(
                f"The folder `{folder}` was begun with `{name}` = `{was}`, not `{wanted}`; use the same settings and "
                "data to go on with it, or name another folder."
            )
