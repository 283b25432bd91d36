"""Folders that belong to the settings they were begun with, and files that are there completely or not at all."""

import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.escaping import for_json
from micron_bert.home import at_home

DRAFT = ".micron-bert"  # folder in which a set of files is written before they take their places


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A hidden name beside `path` to write to, which takes its place when the block ends, and goes when it fails."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")  # another suffix, so that no pattern takes it for the file
    try:
        yield draft
        os.replace(draft, path)
    except OSError as error:
        if error.filename is not None and Path(error.filename).name != draft.name:
            raise
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error  # a full disk names no file
    finally:
        draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> Path:
    """Writes a text, completely or not at all."""
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")  # the same bytes on every system
    return path


def json_text(content: dict, ascii: bool = False) -> str:
    """Content as JSON that every reader takes: what is not a finite number is null; `ascii` is for any console."""
    return for_json(json.dumps(_finite(content), indent=2, ensure_ascii=ascii, allow_nan=False)) + "\n"


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def check_output(
    output: str | os.PathLike,
    inputs: Iterable[str | os.PathLike] = (),
    files: Sequence[str] = (),
    ours: Callable[[Path], bool] = lambda folder: False,
    option: str = "--output",
) -> Path:
    """
    Refuses a folder for the output that cannot take it; every command calls this before it begins.

    Args:
        output (`str` or `os.PathLike`):
            The folder; a `~` in front is the home folder. It need not exist, and is not made.
        inputs (`Iterable[str | os.PathLike]`):
            Files and folders that are read.
        files (`Sequence[str]`):
            Patterns of the names that will be written, where the folder may hold other things too. Without them the
            folder has to be new, empty or one of ours.
        ours (`Callable[[Path], bool]`):
            Whether an existing folder holds what this command wrote, which it may go on with or replace.
        option (`str`, defaults to `"--output"`):
            What the user called it, for the message.

    Returns:
        `Path`: the folder.

    Raises:
        InputError: it is a file, lies within what is read, holds what is not ours, or cannot be written to.
    """
    if not os.fspath(output).strip():
        raise InputError(f"`{option}` is empty; name a folder.")
    folder = at_home(output)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"`{option}` is `{folder}`, which is a file; name a folder.")
    place = _place_of(folder)
    for source in map(Path, inputs):
        if source.is_dir() and place.is_relative_to(source.resolve()):
            raise InputError(f"`{option}` is `{folder}`, in the folder `{source}` that is read; name one outside.")
        if any(source.match(pattern) for pattern in files) and source.resolve().parent == place:
            raise InputError(f"`{source}` is read and would be replaced; name another folder as `{option}`.")
    if folder.is_dir() and not ours(folder) and not (folder / DRAFT).is_dir():
        there = [path for pattern in files for path in folder.glob(pattern)] if files else list(folder.iterdir())
        if there:
            what = f"the file `{min(there).name}`, which would be replaced" if files else "something else"
            raise InputError(f"The folder `{folder}` holds {what}; name another folder as `{option}`.")
    _check_writable(folder)
    return folder


def check_output_file(output: str | os.PathLike) -> Path:
    """
    The same for a command whose output is one file: it must not be there yet.

    Raises:
        InputError: it is there, or cannot be written.
    """
    if not os.fspath(output).strip():
        raise InputError("`--output` is empty; name a file.")
    path = at_home(output)
    if path.is_dir():
        raise InputError(f"`--output` is `{path}`, which is a folder; name a file.")
    if os.path.lexists(path):
        raise InputError(f"`{path}` is there and would be replaced; name another file as `--output`.")
    _check_writable(path.parent)
    return path


def begun(*records: str) -> Callable[[Path], bool]:
    """For [`check_output`]: a folder is ours that has one of these files, which a command writes first of all."""
    return lambda folder: any((folder / record).is_file() for record in records)


def _place_of(folder: Path) -> Path:
    try:
        place = folder.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError before Python 3.13
        raise InputError(f"`{folder}` is a link that leads to itself; name another folder or file.") from error
    for part in (folder, *folder.parents):
        if part.is_symlink() and not part.exists():
            raise InputError(f"`{part}` is a link to something that is not there; name another folder or file.")
    return place


def _check_writable(folder: Path) -> None:
    """Raises [`InputError`] for a folder in which no file can be made, there or in its nearest parent."""
    place = _place_of(folder)
    try:
        nearest = next(parent for parent in (place, *place.parents) if parent.exists())
        if not nearest.is_dir():
            raise NotADirectoryError(f"`{nearest}` is a file")
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise InputError(f"Nothing can be written to `{folder}`: {reason}; name another.") from error


@contextmanager
def whole_set(folder: Path, last: str, files: Sequence[str]) -> Iterator[Path]:
    """
    Files that belong together: they take their places when all are written, or nothing changes.

    While they do, `last` is missing, which tells that the set is not whole.

    Args:
        folder (`Path`):
            Where they go; made if it is not there. [`check_output`] has looked at it.
        last (`str`):
            Name of the file that takes its place last.
        files (`Sequence[str]`):
            Patterns of names: what of an earlier set fits them and is not in this one goes.

    Yields:
        `Path`: the folder to write them to.

    Raises:
        InputError: they cannot be written.
    """
    new, draft, moving = not folder.exists(), folder / DRAFT, False
    try:
        draft.mkdir(parents=True, exist_ok=True)
        for left in draft.iterdir():  # by a run that was killed
            left.unlink()
        yield draft
        made = {path.name for path in draft.iterdir()}
        moving = True
        (folder / last).unlink(missing_ok=True)
        for earlier in {path for pattern in files for path in folder.glob(pattern) if path.name not in made}:
            earlier.unlink()
        for name in sorted(made, key=lambda name: (name == last, name)):
            os.replace(draft / name, folder / name)
        draft.rmdir()
    except OSError as error:
        state = "is not whole; start again" if moving else "is as it was before"
        raise InputError(f"The results cannot be written to `{folder}`, which {state}: {error}.") from error
    finally:
        if draft.is_dir() and not moving:
            shutil.rmtree(draft, ignore_errors=True)
            if new:
                with suppress(OSError):
                    folder.rmdir()


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
    except (ValueError, TypeError, RecursionError):
        raise InputError(f"`{path}` is damaged; delete the folder `{folder}` or name another.") from None
    now = json.loads(json.dumps(settings))  # lists for tuples, as they were written
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            was, wanted = (str(values.get(name, "the default")) for values in (before, now))
            raise InputError(
                f"The folder `{folder}` was begun with `{name}` = `{was}`, not `{wanted}`; use the same settings and "
                "data to go on with it, or name another folder."
            )
