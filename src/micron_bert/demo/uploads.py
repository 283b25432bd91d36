"""Uploads while they are looked at."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from micron_bert.errors import InputError


def upload_folder() -> Path:
    """Where Gradio keeps what visitors upload and download; made if it is not there."""
    folder = Path(os.environ.get("GRADIO_TEMP_DIR") or Path(tempfile.gettempdir()) / "gradio").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def held(paths: list[str]) -> Iterator[list[Path]]:
    """
    Second names of uploaded files, under which they stay until the block ends, whoever deletes the first ones.

    Raises:
        [`InputError`]: a file is gone already.
    """
    with tempfile.TemporaryDirectory(prefix="held-", dir=upload_folder()) as folder:
        names = []
        for number, path in enumerate(map(Path, paths)):
            # in folders of their own, for both pictures may have one name
            name = Path(folder) / str(number) / path.name
            name.parent.mkdir()
            try:
                _link(path, name)
            except FileNotFoundError as error:
                raise InputError(f"`{path.name}` has been deleted, as all uploads are; upload it again.") from error
            names.append(name)
        yield names


def _link(path: Path, name: Path) -> None:
    try:
        os.link(path, name)
    except FileNotFoundError:
        raise
    except OSError:  # another file system
        shutil.copyfile(path, name)
