"""What the demo takes: looked at before anything is decoded."""

import math
import os
from pathlib import Path

import av
from PIL import Image, UnidentifiedImageError

from micron_bert.errors import InputError
from micron_bert.video.container import main_stream, open_container, shown_width
from micron_bert.video.picture import HEIC_SUFFIXES, open_picture

LARGEST_FILE = 50  # MiB
LONGEST = 20.0  # seconds
MOST_FRAMES = 1200  # 20 s at 60 a second
LARGEST_SIDE = 1920  # pixels of a film
LARGEST_PICTURE = 4096  # pixels, the longer side of a picture


def check_clip(path: str | os.PathLike) -> None:
    """
    Looks at a file's size, its header and its packets; decodes nothing.

    Raises:
        [`InputError`]: it is no film, or larger, longer or finer than the demo takes.
    """
    path = Path(path)
    _check_size(path)
    try:
        with open_container(path) as container:
            stream = main_stream(container, path.name)
            if not stream.codec_context.width:
                raise ValueError("the size of its pictures is not told")
            width = shown_width(stream.codec_context.width, stream)
            _check_sides(path, width, stream.codec_context.height, LARGEST_SIDE)
            told = float(stream.duration * stream.time_base) if stream.duration else (container.duration or 0) / 1e6
            if told > LONGEST:
                raise InputError(_too_long(path, told))
            _check_packets(path, container, stream)
    except (av.FFmpegError, ValueError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"`{path.name}` cannot be read as a video; is it one, and was it uploaded completely?"
        ) from error


def check_picture(path: str | os.PathLike) -> tuple[int, int]:
    """
    Looks at a picture's header.

    Returns:
        `tuple[int, int]`: width and height in pixels.

    Raises:
        [`InputError`]: it is no picture, or larger than the demo takes.
    """
    path = Path(path)
    _check_size(path)
    if path.suffix.lower() in HEIC_SUFFIXES:
        open_picture(path).close()  # which says what to do where HEIC cannot be read
    try:
        with Image.open(path) as picture:
            size = picture.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        raise InputError(f"`{path.name}` cannot be read as a picture; pass a JPEG or a PNG.") from error
    _check_sides(path, *size, LARGEST_PICTURE)
    return size


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"`{path.name}` is not there any more; upload it again.") from error
    if size > LARGEST_FILE * 2**20:
        raise InputError(f"`{path.name}` has {_told(size / 2**20)} MiB; the demo takes up to {LARGEST_FILE} MiB.")


def _check_sides(path: Path, width: int, height: int, largest: int) -> None:
    if max(width, height) > largest:
        raise InputError(f"`{path.name}` has `{width}x{height}` pixels; the demo takes up to {largest} on a side.")


def _check_packets(path: Path, container, stream) -> None:
    """Recordings of a browser do not say how long they are: their packets do."""
    count, first, last = 0, None, None
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        count += 1
        first = packet.pts if first is None else min(first, packet.pts)
        last = packet.pts if last is None else max(last, packet.pts)
        if (last - first) * stream.time_base > LONGEST:
            raise InputError(_too_long(path, None))
        if count > MOST_FRAMES:
            raise InputError(
                f"`{path.name}` has more than {MOST_FRAMES} frames; cut it to a shorter part around the movement."
            )
    if count == 0:
        raise InputError(f"`{path.name}` has no frames; is it a video, and was it uploaded completely?")


def _told(value: float) -> str:
    """A number with one decimal at most, rounded up: what is just too much must not look like what is allowed."""
    return f"{math.ceil(10 * value - 1e-6) / 10:g}"


def _too_long(path: Path, seconds: float | None) -> str:
    length = f"lasts {_told(seconds)} s" if seconds is not None else f"lasts more than {LONGEST:g} s"
    return (
        f"`{path.name}` {length}; the demo takes up to {LONGEST:g} s. Cut it to the moment that you want to look at; "
        "longer films are for `micron-bert spot` on your own computer."
    )
