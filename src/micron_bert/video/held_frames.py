"""Frames that somebody holds already, such as a list of pictures, as a film."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from micron_bert.errors import InputError
from micron_bert.video.frames import FOLDER_FPS, ROUNDING, Frame, Video


class HeldFrames(Video):
    """
    A sequence of pictures as a film.

    Args:
        pictures (`Sequence[Any]`): one for each frame.
        fps (`float`, *optional*): frames per second; 30 if left out.
        decode (`Callable[[Any], np.ndarray]`): makes a picture an array `(H, W, 3)`, RGB, uint8.

    Raises:
        [`InputError`]: there is no picture.
    """

    def __init__(
        self, pictures: Sequence[Any], fps: float | None = None, decode: Callable[[Any], np.ndarray] = np.asarray
    ):
        if not len(pictures):
            raise InputError("The clip has no frames; give at least two.")
        self.pictures, self.decode = pictures, decode
        height, width = decode(pictures[0]).shape[:2]
        fps = float(fps or FOLDER_FPS)
        super().__init__("the clip", fps, len(pictures), width, height, len(pictures) / fps)

    def __str__(self) -> str:
        return self.name

    def _read(self, start: float, end: float | None) -> Iterator[Frame]:
        for index, picture in enumerate(self.pictures):
            time = index / self.fps
            if time < start - ROUNDING or (end is not None and time >= end - ROUNDING):
                continue
            image = self.decode(picture)
            height, width = image.shape[:2]
            if (width, height) != (self.width, self.height):
                raise InputError(
                    f"Frame {index} has `{width}x{height}` pixels, the first one `{self.width}x{self.height}`; all "
                    "frames of a clip must have one size."
                )
            yield Frame(index, time, image)
