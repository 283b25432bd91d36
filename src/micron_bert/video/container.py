"""An opened film: which of its streams is shown, where its time begins, and its pictures the way they are seen."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from micron_bert.errors import InputError
from micron_bert.video.picture import MOST_PIXELS


def open_container(path: str | os.PathLike):
    """
    A film for PyAV, whatever its name is.

    Raises:
        av.FFmpegError, OSError, ValueError: it cannot be read.
    """
    # the whole path: what stands before a colon would be taken for a protocol
    name = str(Path(path).resolve())
    try:
        name.encode()
    except UnicodeEncodeError:  # a name in another encoding, which FFmpeg cannot be told
        return av.open(open(path, "rb"), metadata_errors="replace")
    return av.open(name, metadata_errors="replace")


class OpenFilm:
    """
    An opened container with the stream that is shown, and one clear sentence when there is none.

    Args:
        path (`Path`): a file.

    Raises:
        [`InputError`]: it is no film, or its pictures have too many pixels.
    """

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self):
        try:
            self.container = open_container(self.path)
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(
                f"`{self.path}` cannot be read as a video ({reason}); is it one, and complete?"
            ) from error
        try:
            stream = main_stream(self.container, str(self.path))
            check_size(self.path, stream.codec_context, stream)
        except InputError:
            self.container.close()
            raise
        stream.thread_type = "AUTO"
        return self.container, stream

    def __exit__(self, *exception):
        self.container.close()


def main_stream(container, name: str):
    """
    The stream that players show: no cover picture, and of several the one that FFmpeg takes for the best.

    Args:
        container: of PyAV.
        name (`str`): of the film, for the sentence.

    Raises:
        [`InputError`]: there is none, or none that can be decoded.
    """
    if not container.streams.video:
        raise InputError(f"`{name}` has no picture in it, only other streams; pass a video.")
    known = [stream for stream in container.streams.video if stream.codec_context is not None]
    if not known:
        raise InputError(f"`{name}` is encoded in a way that is not known here, or damaged; convert it to H.264.")
    films = [s for s in known if not s.disposition & av.stream.Disposition.attached_pic]
    best = container.streams.best("video")
    return best if best in (films or known) else (films or known)[0]


def origin_of(container, stream) -> Fraction:
    """
    The time stamp, in seconds, that players show as 0: where the first of picture and sound begins.

    What sound codecs need before the beginning lies before 0 and is not heard; a film that itself begins there begins
    at 0.
    """
    starts = [s.start_time * s.time_base for s in container.streams if s.start_time is not None and s.time_base]
    begin = Fraction(container.start_time or 0, av.time_base)
    # the container has it in microseconds only
    begin = next((start for start in starts if abs(start - begin) <= Fraction(2, av.time_base)), begin)
    if begin < 0:
        own = stream.start_time
        begin = Fraction(0) if own is None else min(Fraction(0), own * stream.time_base)
    return begin


def check_size(path: Path, sized, stream) -> None:
    """
    Refuses pictures with more pixels than are read, before they take memory.

    Args:
        path (`Path`): for the sentence.
        sized: frame or codec context, with `width` and `height`.
        stream: with the aspect of its pixels.

    Raises:
        [`InputError`]
    """
    width = shown_width(sized.width, stream)
    if width * sized.height > MOST_PIXELS:
        raise InputError(
            f"`{path}` has pictures of `{width}x{sized.height}` pixels; at most {MOST_PIXELS // 10**6} million are "
            "read. Make them smaller first."
        )


def shown_width(width: int, stream) -> int:
    """Width in square pixels, before any rotation."""
    aspect = stream.sample_aspect_ratio
    return max(round(width * aspect), 1) if aspect else width


def shown_picture(frame, stream) -> np.ndarray:
    """The picture `(H, W, 3)` of a decoded frame as displayed: RGB, uint8, square pixels, upright."""
    image = frame.to_ndarray(format="rgb24", width=shown_width(frame.width, stream), height=frame.height)
    return np.ascontiguousarray(_upright(image, frame))


def _upright(image: np.ndarray, frame) -> np.ndarray:
    """A picture turned and mirrored as the file asks for, by quarters of a turn."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return image
    # 3x3, row vectors: x' = a x + c y, y' = b x + d y
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].tolist()
    if abs(a) + abs(d) < abs(b) + abs(c):
        image, a, d = image.transpose(1, 0, 2), c, b
    return image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
