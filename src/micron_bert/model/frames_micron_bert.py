"""Any source of frames, one frame at a time: a video, a folder, a URL, pictures; without the package too."""

import re
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import unquote, urlsplit

from PIL import Image

from .film_micron_bert import FPS, TimedFrame, is_animated, read_animation, read_film
from .package_micron_bert import open_video
from .picture_micron_bert import to_rgb

PICTURES = (".png", ".apng", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
LARGEST_DOWNLOAD = 256 * 2**20  # bytes
TIMEOUT = 30.0  # seconds without a byte
ROUNDING = 1e-6  # seconds


def is_url(item: Any) -> bool:
    """Whether something is an address to download from."""
    return isinstance(item, str) and item.startswith(("http://", "https://"))


def is_picture(item: Any) -> bool:
    """Whether something is one frame: a picture in memory, or the path or address of a file with one picture."""
    if isinstance(item, str | Path):
        name = urlsplit(item).path if is_url(item) else str(item)
        return Path(name).suffix.lower() in PICTURES and not is_animated(Path(item))
    return isinstance(item, Image.Image) or (hasattr(item, "ndim") and item.ndim <= 3)


@contextmanager
def on_disk(source: Any):
    """The source with every URL in it replaced by a file, which is deleted afterwards."""
    for item in source if isinstance(source, list | tuple) else [source]:
        if isinstance(item, str) and re.match(r"[a-z][a-z0-9+.-]+://", item) and not is_url(item):
            raise ValueError(f"`{item}` is no address that can be downloaded; it must start with http:// or https://.")
    with tempfile.TemporaryDirectory() as folder:
        if is_url(source):
            yield _download(source, Path(folder))
        elif isinstance(source, list | tuple) and any(map(is_url, source)):
            parts = [Path(folder) / str(number) for number in range(len(source))]
            yield [_download(item, part) if is_url(item) else item for item, part in zip(source, parts, strict=True)]
        else:
            yield source


def _download(url: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / (Path(unquote(urlsplit(url).path)).name or "video")
    largest = LARGEST_DOWNLOAD
    limit = f"at most {largest / 2**20:g} MiB are downloaded; cut it, or download it yourself and give the file"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, open(path, "wb") as file:
            expected = int(answer.headers.get("Content-Length") or 0)
            if expected > largest:
                raise ValueError(f"`{url}` has {expected / 2**20:.0f} MiB; {limit}.")
            while part := answer.read(2**20):
                file.write(part)
                if file.tell() > largest:
                    raise ValueError(f"`{url}` has more than {largest / 2**20:g} MiB; {limit}.")
            if file.tell() < expected:
                raise ValueError(f"`{url}` broke off after {file.tell()} of {expected} bytes; try again.")
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise ValueError(f"`{url}` cannot be downloaded: {reason}.") from error
    return path


def read_frames(
    source: Any, fps: float | None = None, start: float = 0.0, end: float | None = None
) -> Iterator[TimedFrame]:
    """
    The frames of a source with `start <= time < end`, as they are stored.

    Args:
        source (`str`, `Path`, or a sequence of frames):
            A video file, a folder of pictures in natural order, a picture, or what `to_rgb` takes, one per frame.
        fps (`float`, *optional*):
            Rate at which the frames were recorded; what the file says, and 30 for pictures, if left out.
        start, end (`float`, *optional*):
            In seconds.

    Raises:
        ValueError: nothing is there, it cannot be read, or frames differ in size.
    """
    if fps is not None and not fps > 0:
        raise ValueError(f"`fps` is `{fps}`; it must be a positive number of frames per second.")
    if start < 0 or (end is not None and end <= start):
        raise ValueError(f"`start` is `{start}` and `end` is `{end}`; both are seconds with 0 <= start < end.")
    if isinstance(source, str | Path):
        if open_video is not None:
            yield from (TimedFrame(*frame) for frame in open_video(source, fps).frames(start, end))
            return
        frames, name = _of_path(Path(source), fps), f"`{source}`"
    else:
        frames, name = _of_pictures(source, fps, start), "The clip"
    size, empty = None, True
    for frame in frames:
        if frame.time < start - ROUNDING:
            continue
        if end is not None and frame.time >= end - ROUNDING:
            break
        height, width = frame.image.shape[:2]
        size, empty = size or (width, height), False
        if (width, height) != size:
            raise ValueError(
                f"Frame {frame.index} has `{width}x{height}` pixels, the first one `{size[0]}x{size[1]}`; "
                "all frames of a clip must have one size."
            )
        yield frame
    if empty:
        raise ValueError(f"{name} has no frame between `{start}` s and `{end}` s.")


def _of_pictures(pictures, fps: float | None, start: float = 0.0) -> Iterator[TimedFrame]:
    for index, picture in enumerate(pictures):
        time = index / (fps or FPS)
        if time >= start - ROUNDING:  # what lies before is not even decoded
            yield TimedFrame(index, time, to_rgb(picture))


def _of_path(path: Path, fps: float | None) -> Iterator[TimedFrame]:
    if path.is_dir():
        files = [file for file in path.iterdir() if file.suffix.lower() in PICTURES and not file.name.startswith(".")]
        if not files:
            raise ValueError(f"The folder `{path}` has no pictures; frames must be files such as `0001.png`.")
        files.sort(key=lambda file: (re.sub(r"\d+", lambda digits: digits[0].zfill(20), file.name), file.name))
        return _of_pictures(files, fps)
    if not path.is_file():
        raise ValueError(f"There is no video `{path}`; check the path.")
    if is_animated(path):
        return read_animation(path, fps)
    return _of_pictures([path], fps) if path.suffix.lower() in PICTURES else read_film(path, fps)
