"""Films and animated pictures where the package is not installed, by the rules by which the package reads them."""

import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from .container_micron_bert import (
    check_size,
    main_stream,
    open_still,
    origin_of,
    pages_of,
    shown_picture,
    to_srgb,
    turn_to,
)
from .picture_micron_bert import to_rgb

try:
    import av
except ImportError:  # only videos need it
    av = None

FPS = 30.0  # of frames that come without a rate
MOVING = (".png", ".apng", ".webp", ".tif", ".tiff")  # pictures that may hold several
UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)


class TimedFrame(NamedTuple):
    """A frame's number from 0, its time in seconds, and its picture `(H, W, 3)`, RGB, uint8."""

    index: int
    time: float
    image: np.ndarray


def is_animated(path: Path) -> bool:
    """Whether a picture file holds pictures that follow each other."""
    if path.suffix.lower() not in MOVING or not path.is_file():
        return False
    try:
        with open_still(path) as picture:
            return len(pages_of(picture)) > 1
    except UNREADABLE:
        return False


def read_animation(path: Path, fps: float | None = None) -> Iterator[TimedFrame]:
    """The pictures of an animated WebP or PNG, or of a stack of TIFF, with 30 a second where no times are told."""
    with open_still(path) as picture:
        times, pages = [0.0], pages_of(picture)
        for page in pages:
            turn_to(picture, page)
            picture.load()  # which tells how long a WebP's picture is shown
            times.append(times[-1] + float(picture.info.get("duration") or 0) / 1000)
        still = any(later <= earlier for earlier, later in itertools.pairwise(times))
        even = fps or ((len(pages) / times[-1] if times[-1] else FPS) if still else None)
        for number, page in enumerate(pages):
            turn_to(picture, page)
            yield TimedFrame(number, number / even if even else times[number], to_rgb(to_srgb(picture)))


def read_film(path: Path, fps: float | None = None) -> Iterator[TimedFrame]:
    """
    The frames of a video: of the stream that players show, the way up that they are seen.

    Raises:
        ValueError: it is no video, or nothing of it can be decoded.
    """
    if av is None:
        raise ImportError("Reading a video needs PyAV: `pip install av`; or give the frames as pictures.")
    refusal = f"`{path}` cannot be read as a video; is it one, and complete?"
    try:
        # the whole path: what stands before a colon would be taken for a protocol
        container = av.open(str(Path(path).resolve()), metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise ValueError(refusal) from error
    with container:
        stream, counter = main_stream(container, str(path)), itertools.count()
        stream.thread_type = "AUTO"
        origin, index, rate = None, -1, float(stream.average_rate or FPS)
        try:
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    continue
                index = next(counter)
                origin = origin_of(container, stream, frame) if origin is None else origin
                time = index / (fps or rate)
                if fps is None and frame.pts is not None:
                    time = float(frame.pts * stream.time_base - origin)
                check_size(str(path), frame, stream)
                yield TimedFrame(index, time, shown_picture(frame, stream))
        except av.FFmpegError as error:
            if index < 0:
                raise ValueError(refusal) from error
            warnings.warn(f"`{path}` is damaged or cut off: {index + 1} frames were read.", stacklevel=2)
        if index < 0:
            raise ValueError(refusal)


__all__ = ["FPS", "TimedFrame", "is_animated", "read_animation", "read_film"]
