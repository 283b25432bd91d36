"""Folders of videos as aligned faces, kept in a cache between runs."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from micron_bert.cache_folder import cache_folder, read_kept
from micron_bert.cache_key import cache_key
from micron_bert.errors import InputError
from micron_bert.faces.clip import align_clip
from micron_bert.output_folder import whole_file
from micron_bert.stored_arrays import read_array
from micron_bert.video.reader import VIDEO_SUFFIXES, open_video

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AlignedVideo:
    """
    The face of a video, aligned but not registered.

    Attributes:
        subject (`str`): the path of the video below the folder it was found in; nobody knows more about who it shows.
        frames (`np.ndarray` of shape `(T, S, S, 3)`): RGB uint8, read from disk as needed.
        times (`np.ndarray` of shape `(T,)`): seconds.
    """

    subject: str
    frames: np.ndarray
    times: np.ndarray


def aligned_videos(folders: list[str], size: int, cache: str | os.PathLike | None = None) -> list[AlignedVideo]:
    """
    Find and align the largest face in every video below some folders.

    A video is aligned once for each crop size; the crops stay in the cache until the file changes, or
    the code that aligns.

    Args:
        folders (`list[str]`):
            Where to look.
        size (`int`):
            Side of the crops in pixels.
        cache (`str` or `os.PathLike`, *optional*):
            Folder of the crops; one in the user's cache when left out.

    Raises:
        InputError: a folder does not exist, or no video shows a face in two frames.
    """
    cache = Path(cache) if cache else cache_folder("videos")
    cache.mkdir(parents=True, exist_ok=True)
    videos = []
    for folder, path in video_files(folders, "videos"):
        try:
            frames, times = _aligned(path, size, cache)
        except InputError as error:
            logger.warning("Left out `%s`: %s", path, error)
            continue
        if len(frames) < 2:
            logger.warning("Left out `%s`: it shows a face in one frame only.", path)
            continue
        videos.append(AlignedVideo(str(path.relative_to(folder)), frames, times))
    if not videos:
        names = ", ".join(f"`{folder}`" for folder in folders)
        raise InputError(f"No video in {names} shows a face; give folders with videos of faces seen from the front.")
    return videos


def video_files(folders: list[str], option: str) -> Iterator[tuple[Path, Path]]:
    """
    Each folder with each video below it, in order; `option` is what named the folders.

    Raises:
        InputError: a folder does not exist.
    """
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise InputError(f"There is no folder at `{folder}`, which `{option}` names.")
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file():
                yield folder, path


def _aligned(path: Path, size: int, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    state = path.stat()
    settings = [str(path.resolve()), state.st_size, state.st_mtime_ns, size]
    stem = cache / cache_key("aligned video", settings, code=["micron_bert.faces.clip"])
    frames, times = stem.with_suffix(".frames.npy"), stem.with_suffix(".times.npy")

    def make() -> None:
        with open_video(path) as video:
            clip = align_clip(video, size=size, register=False, missing="skip")
        for target, values in ((frames, clip.frames), (times, clip.times)):
            with whole_file(target) as draft, draft.open("wb") as file:
                np.save(file, values)

    def read() -> tuple[np.ndarray, np.ndarray]:
        seconds = read_array(times, (None,))
        return read_array(frames, (len(seconds), size, size, 3), mapped=True), seconds

    return read_kept(times, read, make)
