"""Where the package keeps what it fetched or computed for the user, once per machine."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from micron_bert.errors import InputError

Kept = TypeVar("Kept")

logger = logging.getLogger(__name__)


def cache_folder(name: str) -> Path:
    """
    A folder of the package in the Hugging Face cache (`HF_ASSETS_CACHE`, `HF_HOME` and `XDG_CACHE_HOME` are honoured).

    Args:
        name (`str`): what is kept, such as `"face_models"`.

    Returns:
        `Path`: one that was begun in `~/.cache/micron_bert` by an earlier version stays in use.
    """
    from huggingface_hub import cached_assets_path

    earlier = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "micron_bert" / name
    return earlier if earlier.is_dir() else cached_assets_path("micron_bert", namespace=name)


def is_kept(place: Path, read: Callable[[], object]) -> bool:
    """
    Whether the result of an earlier run is there and whole; a damaged one is told and removed.

    Args:
        place (`Path`): the file or folder that it lies in.
        read (`Callable[[], object]`): reads it; raises [`InputError`] for what is damaged.
    """
    if not place.exists():
        return False
    try:
        read()
        return True
    except (InputError, FileNotFoundError):
        logger.warning("`%s`, kept from an earlier run, is damaged; it is made anew.", place)
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink()
    return False


def read_kept(place: Path, read: Callable[[], Kept], make: Callable[[], None]) -> Kept:
    """What `read` gives of a place, after `make` has put it there unless it [`is_kept`]."""
    if not is_kept(place, read):
        make()
    return read()
