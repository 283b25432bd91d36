"""The interface of films: frames with their numbers and times, wherever they come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from micron_bert.errors import InputError

FOLDER_FPS = 30.0  # of pictures, which have no rate
ROUNDING = 1e-6  # seconds: a frame at 0.2 s is wanted from `start=0.2`, however both were rounded


class Frame(NamedTuple):
    """One frame: its number from 0, its time in seconds from the start, and its picture `(H, W, 3)`, RGB, uint8."""

    index: int
    time: float
    image: np.ndarray


class Video:
    """
    A film that is read frame by frame, as often as wanted; made by [`open_video`].

    Attributes:
        name (`str`): path it was opened with.
        fps (`float`): frames per second (the mean, when the frames are not evenly spaced).
        num_frames (`int` or `None`): number of frames, as far as the file tells.
        width (`int`), height (`int`): of the first frame, in pixels, as displayed.
        duration (`float` or `None`): in seconds, as far as the file tells.
    """

    def __init__(self, name: str, fps: float, num_frames: int | None, width: int, height: int, duration: float | None):
        self.name, self.fps, self.num_frames, self.duration = name, fps, num_frames, duration
        self.width, self.height = width, height

    def __enter__(self) -> "Video":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    @property
    def bits_per_pixel(self) -> float | None:
        """Size of the file by its pixels, sound included; `None` of pictures, or where their number is unknown."""
        path = Path(self.name)
        pixels = self.width * self.height * (self.num_frames or (self.duration or 0) * self.fps)
        return 8 * path.stat().st_size / pixels if pixels and path.is_file() else None

    def close(self) -> None:
        """Nothing stays open between two reads."""

    def frames(self, start: float = 0.0, end: float | None = None) -> Iterator[Frame]:
        """
        The frames with `start <= time < end`, in seconds.

        Every reading numbers and times a frame alike, from wherever it starts. The size of the pictures may change
        within a film; the pictures of a folder have one size.

        Raises:
            [`InputError`]: there are none, or a picture of a folder has another size than the first.
        """
        if start < 0 or (end is not None and end <= start):
            raise InputError(f"`start` is `{start}` and `end` is `{end}`; both are seconds with 0 <= start < end.")
        return self._checked(self._read(start, end), start, end)

    def _checked(self, frames: Iterator[Frame], start: float, end: float | None) -> Iterator[Frame]:
        empty = True
        for frame in frames:
            empty = False
            yield frame
        if empty:
            length = f"lasts {self.duration:.2f} s" if self.duration is not None else "is shorter"
            raise InputError(f"`{self.name}` has no frame between `{start}` s and `{end}` s; it {length}.")

    def _read(self, start: float, end: float | None) -> Iterator[Frame]:
        raise NotImplementedError
