"""Reading films: any file that PyAV decodes, an animated picture, or a folder of frames, one frame at a time."""

import os
import re
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.home import at_home
from micron_bert.video.animation import Animation, is_animated
from micron_bert.video.film import VideoFile
from micron_bert.video.folder import FrameFolder
from micron_bert.video.frames import FOLDER_FPS, Frame, Video
from micron_bert.video.picture import PICTURE_SUFFIXES

VIDEO_SUFFIXES = (
    ".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".wmv", ".mpg", ".mpeg", ".gif",
    ".flv", ".3gp", ".ts", ".mts", ".m2ts", ".ogv",
)  # fmt: skip

__all__ = ["FOLDER_FPS", "VIDEO_SUFFIXES", "Frame", "Video", "existing_path", "is_video", "named_path", "open_video"]


def open_video(source: str | os.PathLike | Video, fps: float | None = None) -> Video:
    """
    Open a film.

    Args:
        source (`str`, `os.PathLike` or [`Video`]):
            A video file, an animated picture (GIF, WebP, PNG, a stack of TIFF), a picture (a film of one frame), or a
            folder of frames (in natural order: `img9` before `img10`). A `~` in front is the home folder. A film that
            is open already is given back, whatever `fps` is.
        fps (`float`, *optional*):
            Frames per second at which the frames were recorded. Defaults to what the file says, and to 30 for a
            folder. Give it for high-speed recordings that are stored at an ordinary rate.

    Returns:
        [`Video`]: a context manager and an iterable of [`Frame`].

    Raises:
        [`InputError`]: the source is missing, is not a film, or has no frame that can be decoded.
    """
    if isinstance(source, Video):
        return source
    path = named_path(source)
    if fps is not None and not fps > 0:
        raise InputError(f"`fps` is `{fps}`; it must be a positive number of frames per second.")
    if path.is_dir():
        return FrameFolder(path, fps)
    if not path.exists():
        raise InputError(f"There is no video `{path}`; check the path.")
    if not path.is_file():
        raise InputError(
            f"`{path}` is neither a file nor a folder (a pipe or a device); save the film to a file first."
        )
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return Animation(path, fps) if is_animated(path) else FrameFolder(path, fps)
    return VideoFile(path, fps)


def is_video(name: str) -> bool:
    """Whether a name is that of a film; hidden files (`._talk.mp4`) are none."""
    return not name.startswith((".", "~")) and os.path.splitext(name)[1].lower() in VIDEO_SUFFIXES


def named_path(source: str | os.PathLike) -> Path:
    """
    The path that a user means: a `~` in front is the home folder, unless a file is called so.

    Raises:
        [`InputError`]: the name is empty.
    """
    if not os.fspath(source):
        raise InputError("The name of the film is empty; name a video, a picture or a folder of frames.")
    return at_home(source)


def existing_path(source: str | os.PathLike) -> Path:
    """
    The path that a user means, where something is.

    Raises:
        [`InputError`]: nothing is there, or the name is empty or an address on the network.
    """
    if re.match(r"[a-z][a-z0-9+.-]+://", os.fspath(source), re.IGNORECASE):
        raise InputError(f"`{os.fspath(source)}` is an address; download the film, and name the file.")
    path = named_path(source)
    if not path.exists():
        raise InputError(f"There is no file or folder `{path}`; check the path.")
    return path
