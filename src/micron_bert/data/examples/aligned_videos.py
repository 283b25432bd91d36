"""Folders of videos as aligned faces, kept in a cache between runs."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from micron_bert.cache_folder import cache_folder, read_kept
from micron_bert.cache_key import cache_key
from micron_bert.data.examples.video_files import read_videos, state_of
from micron_bert.errors import InputError
from micron_bert.faces.clip import align_clip
from micron_bert.output_folder import whole_file
from micron_bert.stored_arrays import read_array
from micron_bert.video.reader import open_video


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

    def read(folder: Path, path: Path) -> AlignedVideo:
        frames, times = _aligned(path, size, cache)
        if len(frames) < 2:
            raise InputError("it shows a face in one frame only.")
        return AlignedVideo(str(path.relative_to(folder)), frames, times)

    videos = list(read_videos(folders, "videos", read))
    if not videos:
        names = ", ".join(f"`{folder}`" for folder in folders)
        raise InputError(f"No video in {names} shows a face; give folders with videos of faces seen from the front.")
    return videos


def _aligned(path: Path, size: int, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    stem = cache / cache_key("aligned video", [*state_of(path), size], code=["micron_bert.faces.clip"])
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
