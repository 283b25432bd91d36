"""Folders of films of real faces, followed and registered once as spotting does, then kept in a cache."""

import os
from itertools import chain
from pathlib import Path

import numpy as np

from micron_bert.cache_folder import cache_folder, read_kept
from micron_bert.cache_key import cache_key
from micron_bert.data.examples.video_files import read_videos, state_of
from micron_bert.errors import InputError
from micron_bert.spotting.followed_face import follow, followed_film
from micron_bert.stored_arrays import read_array
from micron_bert.synthesis.real.film import RealFilm
from micron_bert.video.reader import open_video

SHORTEST = 0.5  # seconds of a stretch that is used
ARRAYS = ("frames", "times", "landmarks", "light", "stretch")


def load_real_films(folders: list[str], size: int, cache: str | os.PathLike | None = None) -> list[RealFilm]:
    """
    The largest face of every film below some folders, stretch by stretch.

    The person of a film is named by the folder that it lies in. A film is followed once for each crop size; the crops
    stay in the cache until the film changes, or the code that follows it.

    Args:
        folders (`list[str]`):
            Where to look.
        size (`int`):
            Side of the crops in pixels.
        cache (`str` or `os.PathLike`, *optional*):
            Folder of the crops; one in the user's cache when left out.

    Returns:
        `list[RealFilm]`: registered crops `(T, size, size, 3)`, their times in seconds and landmarks, by stretch.

    Raises:
        InputError: a folder does not exist, or no film shows a face for half a second.
    """
    cache = Path(cache) if cache else cache_folder("real_films")
    cache.mkdir(parents=True, exist_ok=True)
    films = list(chain.from_iterable(read_videos(folders, "films", lambda _, path: _stretches(path, size, cache))))
    if not films:
        names = ", ".join(f"`{folder}`" for folder in folders)
        raise InputError(f"No film in {names} shows a face for {SHORTEST} s; give films of faces seen from the front.")
    return films


def stored_path(path: Path, size: int, cache: Path) -> Path:
    """Where in the cache the crops of a film lie."""
    return cache / cache_key("real film", [*state_of(path), size], code=[follow.__module__, open_video.__module__])


def _stretches(path: Path, size: int, cache: Path) -> list[RealFilm]:
    stored = stored_path(path, size, cache)

    def make() -> None:
        arrays = followed_film(path, size)
        draft = stored.with_name(f"{stored.name}.{os.getpid()}.writing")
        draft.mkdir(exist_ok=True)
        for name in ARRAYS:
            np.save(draft / f"{name}.npy", arrays[name])
        try:
            draft.rename(stored)
        except OSError:  # another process was faster
            for file in draft.iterdir():
                file.unlink()
            draft.rmdir()

    frames, times, landmarks, light, stretch = read_kept(stored, lambda: _read(stored, size), make)
    films = []
    for number in np.unique(stretch):
        part = np.flatnonzero(stretch == number)
        part = slice(int(part[0]), int(part[-1]) + 1)
        if len(times[part]) > 2 and times[part][-1] - times[part][0] >= SHORTEST:
            arrays = frames[part], times[part], landmarks[part], light[part]
            films.append(RealFilm(path.stem, path.parent.name, *arrays, int(number - stretch[0])))
    return films


def _read(stored: Path, size: int) -> list[np.ndarray]:
    count = len(read_array(stored / "times.npy", (None,)))
    shapes = {"frames": (count, size, size, 3), "landmarks": (count, 468, 2)}
    return [read_array(stored / f"{name}.npy", shapes.get(name, (count,)), mapped=name == "frames") for name in ARRAYS]
