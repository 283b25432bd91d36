"""
Films opened by path, refused in one sentence.

What is then read of them is the same with and without the package: `model/container_micron_bert.py` holds it.
"""

import os
from pathlib import Path

import av
import cv2

from micron_bert.errors import InputError
from micron_bert.model.container_micron_bert import check_size as check_either_way
from micron_bert.model.container_micron_bert import main_stream as stream_either_way
from micron_bert.model.container_micron_bert import origin_of, shown_picture, shown_width

# codecs whose decoder hides damage unless told not to; others tell nothing more then, or refuse sound films
STRICT = ("mjpeg",)


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
        if cv2.getNumThreads() == 1:  # one process of several: threads for each core would stand in their way
            stream.codec_context.thread_count = 1
        if stream.codec.name in STRICT:
            stream.codec_context.options = {"err_detect": "explode"}
        return self.container, stream

    def __exit__(self, *exception):
        self.container.close()


def main_stream(container, name: str):
    """
    The stream that players show; see `container_micron_bert`.

    Raises:
        [`InputError`]: there is none, or none that can be decoded.
    """
    try:
        return stream_either_way(container, name)
    except ValueError as error:
        raise InputError(str(error)) from error


def check_size(path: Path, sized, stream) -> None:
    """
    Refuses frames, or the codec context of a stream, with too many pixels; see `container_micron_bert`.

    Raises:
        [`InputError`]: they have more than are read.
    """
    try:
        check_either_way(str(path), sized, stream)
    except ValueError as error:
        raise InputError(str(error)) from error


__all__ = ["OpenFilm", "check_size", "main_stream", "open_container", "origin_of", "shown_picture", "shown_width"]
