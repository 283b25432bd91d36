"""The videos below some folders, one by one."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from micron_bert.errors import InputError
from micron_bert.video.reader import VIDEO_SUFFIXES

Read = TypeVar("Read")

logger = logging.getLogger(__name__)


def video_files(folders: list[str], option: str) -> Iterator[tuple[Path, Path]]:
    """
    Each folder with each video below it, in order; `option` is what named the folders. A file is its own video.

    Raises:
        InputError: a folder does not exist.
    """
    for folder in map(Path, folders):
        if folder.is_file():
            yield folder.parent, folder
            continue
        if not folder.is_dir():
            raise InputError(f"There is no folder at `{folder}`, which `{option}` names.")
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file():
                yield folder, path


def read_videos(folders: list[str], option: str, read: Callable[[Path, Path], Read]) -> Iterator[Read]:
    """
    What `read` gives of each folder and video; one that it refuses is left out with a warning.

    Raises:
        InputError: a folder does not exist.
    """
    for folder, path in video_files(folders, option):
        try:
            yield read(folder, path)
        except InputError as error:
            logger.warning("Left out `%s`: %s", path, error)


def state_of(path: Path) -> list:
    """What changes when a file does, without reading it: its place, size and time, for a cache key."""
    state = path.stat()
    return [str(path.resolve()), state.st_size, state.st_mtime_ns]
