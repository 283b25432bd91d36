"""Crops of one face from any source, for the pipeline and the video processor; without the package too."""

import functools
import itertools
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .frames_micron_bert import read_frames
from .package_micron_bert import Frame, align_clip
from .recognizer_micron_bert import frames_again, no_longer


class FaceCrops:
    """
    The face in a source, cut out of every frame.

    The face is found, followed, aligned and registered, which needs the package. Frames that have the size of the
    crops already are taken as aligned crops of a face.

    Args:
        source (`str`, `Path`, or a sequence of frames):
            As for `read_frames`.
        size (`int`):
            Side of the crops in pixels.
        resample (`int`):
            PIL's filter, for crops of another size.
        aligned (`bool`, *optional*):
            Whether the frames are aligned crops. If left out: where they have exactly the size.
        fps, start, end (`float`, *optional*):
            As for `read_frames`.
        face (`int`, defaults to 0):
            Which face of the first frame, 0 = the largest.
        missing (`str`, defaults to `"error"`):
            What to do about frames without the face: `"error"` or `"skip"`.

    Attributes:
        frames (`np.ndarray` of shape `(T, size, size, 3)`): RGB, uint8.
        numbers (`np.ndarray` of shape `(T,)`): of the frames in the source.
        times (`np.ndarray` of shape `(T,)`): seconds.

    Raises:
        ValueError: the source cannot be read, is too long, or shows no face throughout;
            or the package is missing, and the frames are no aligned crops.
    """

    def __init__(
        self,
        source: Any,
        size: int,
        resample: int,
        aligned: bool | None = None,
        fps: float | None = None,
        start: float = 0.0,
        end: float | None = None,
        face: int = 0,
        missing: str = "error",
        advice: str = "choose a part with `start` and `end` (seconds)",
    ):
        self._source, self._part, self.size = source, (fps, start, end), size
        frames = no_longer(read_frames(source, fps, start, end), advice)
        first = next(frames)
        self._found = faces_are_looked_for(first.image, size, aligned)
        self._of_pair = not isinstance(source, str | Path) and len(source) == 2
        self._options = {"face": face, "missing": missing}
        frames = itertools.chain([first], frames)
        if self._found:
            reference = 0 if self._of_pair else "chain"
            clip = align_clip((Frame(*frame) for frame in frames), size, reference=reference, **self._options)
            self.frames, self.numbers, self.times = clip.frames, clip.indices, clip.times
        else:
            numbers, times, images = zip(*frames, strict=True)
            self.frames = np.stack([self._resized(image, resample) for image in images])
            self.numbers, self.times = np.array(numbers), np.array(times)

    def _resized(self, image: np.ndarray, resample: int) -> np.ndarray:
        if image.shape[:2] == (self.size, self.size):
            return image
        return np.asarray(Image.fromarray(image).resize((self.size, self.size), resample))

    def pair(self, onset: int, apex: int) -> np.ndarray:
        """The frames at two positions, `(2, size, size, 3)`, registered to each other."""
        positions = [onset, apex]
        if not self._found or self._of_pair:
            return self.frames[positions]
        fps, start, end = self._part
        again = functools.partial(read_frames, self._source, fps)
        scenes = frames_again(again, self.numbers[positions].tolist(), self.times[positions], start, end)
        return align_clip([scene.image for scene in scenes.values()], self.size, reference=0, **self._options).frames


def faces_are_looked_for(image: np.ndarray, size: int, aligned: bool | None) -> bool:
    """Whether a face is to be found in frames like this one; see [`FaceCrops`]."""
    height, width = image.shape[:2]
    if aligned is None:
        aligned = (height, width) == (size, size)
    if not aligned and align_clip is None:
        raise ValueError(
            f"The frames have {width}x{height} pixels, and finding the face in them needs the package `micron_bert`: "
            f"install it, or give crops of an aligned face, with `aligned=True` where they do not have "
            f"{size}x{size} pixels."
        )
    return not aligned


__all__ = ["FaceCrops", "faces_are_looked_for"]
