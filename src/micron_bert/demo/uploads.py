"""Uploads while they are looked at."""

import base64
import binascii
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from micron_bert.errors import InputError

LARGEST_FRAME = 4 * 2**20  # bytes of a frame of the camera
LARGEST_SIDE = 1280  # pixels of it


def frame_of(upload) -> np.ndarray:
    """
    A frame of the camera, which is looked at before it is decoded.

    Args:
        upload (`gradio.ImageData`): a `data:` address, or the path of an uploaded file.

    Returns:
        `np.ndarray` of shape `(H, W, 3)`: RGB, uint8.

    Raises:
        [`InputError`]: it is no picture, or larger than the demo takes.
    """
    try:
        if (upload.url or "").startswith("data:"):
            if len(upload.url) > LARGEST_FRAME * 4 // 3:
                raise InputError(
                    f"The camera sends frames of more than {LARGEST_FRAME // 2**20} MiB; use a smaller size."
                )
            file = io.BytesIO(base64.b64decode(upload.url.partition(",")[2], validate=True))
        else:
            file = upload.path
        with Image.open(file, formats=("JPEG", "PNG", "WEBP")) as picture:
            if max(picture.size) > LARGEST_SIDE:
                size = f"{picture.width}x{picture.height}"
                raise InputError(f"The camera sends {size} pixels; the demo takes up to {LARGEST_SIDE} on a side.")
            return np.asarray(picture.convert("RGB"))
    except InputError:
        raise
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        TypeError,
        binascii.Error,
        Image.DecompressionBombError,
    ) as error:
        raise InputError("The camera sent something that is no picture; start it again.") from error


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
