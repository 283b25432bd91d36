"""A face frame by frame: crops on a smoothed path, and registrations in a chain. Shared by clips and live films."""

from collections import deque
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from micron_bert.faces.alignment import transform_points, warp_similarity
from micron_bert.faces.registration import Registrar, Registration
from micron_bert.faces.tracker import CropPath

SMOOTHING = (6, 4, 1)  # weights of a frame's similarity and of its neighbours': binomial, deviation one frame
REACH = len(SMOOTHING) - 1
KEY_CORRELATION = 0.97  # below this a chain of registrations takes a new key frame


class Crop(NamedTuple):
    """
    An aligned face: the frame's number, its time (`None` for bare pictures), the picture `(S, S, 3)`, the similarity
    `(2, 3)` from pixels of the frame to pixels of the crop, the landmarks `(468, 2)` in pixels of the frame, and the
    number of the frame among those that were taken.
    """

    index: int
    time: float | None
    image: np.ndarray
    transform: np.ndarray
    landmarks: np.ndarray | None
    place: int


class CropStream:
    """
    Cuts a face out of frame after frame, by similarities that are smoothed over the two frames before and after.

    A crop therefore comes out two frames after its frame went in; five full frames are held.

    Args:
        size (`int`):
            Side of the crops in pixels.
    """

    def __init__(self, size: int):
        self.size = size
        self.path = CropPath(size)
        # place, similarity, index, time, picture and landmarks of each frame; None beyond the ends
        self.window = deque([None] * REACH, maxlen=2 * REACH + 1)

    def push(self, index: int, time: float | None, image: np.ndarray, landmarks: np.ndarray, place: int | None = None):
        """
        Takes the next frame that shows the face and returns the crop that became ready, `None` at the start.

        Args:
            index, time, image, landmarks:
                As in [`Crop`]; the picture is the whole frame, `(H, W, 3)`.
            place (`int`, *optional*):
                Number of the frame among those that are taken, where only some are; the index if left out. Over a gap
                in these numbers nothing is smoothed.
        """
        place = index if place is None else place
        return self._shift((place, self.path.add(landmarks), index, time, image, landmarks))

    def finish(self) -> Iterator[Crop]:
        """The crops that still waited for frames after them."""
        for _ in range(REACH):
            crop = self._shift(None)
            if crop is not None:
                yield crop

    def waiting(self) -> list[tuple]:
        """Arguments of [`push`] of the frame whose crop came out last and of those after it."""
        entries = [entry for entry in list(self.window)[REACH:] if entry is not None]
        return [(index, time, image, landmarks, place) for place, _, index, time, image, landmarks in entries]

    def _shift(self, entry: tuple | None) -> Crop | None:
        self.window.append(entry)
        if len(self.window) < self.window.maxlen or self.window[REACH] is None:
            return None
        place, _, index, time, image, landmarks = self.window[REACH]
        matrix = _smooth(self.window)
        return Crop(index, time, warp_similarity(image, matrix, self.size), matrix, landmarks, place)


def _smooth(window: deque) -> np.ndarray:
    """The weighted mean of the similarities around the middle of a window; similarities are closed under it."""
    place, matrix, *_ = window[REACH]
    total, weight = SMOOTHING[0] * matrix, SMOOTHING[0]
    for offset in range(1, REACH + 1):
        pair = window[REACH - offset], window[REACH + offset]
        # a neighbour beyond a gap says nothing, and one without its counterpart would make a moving face lag
        if None not in pair and pair[1][0] - pair[0][0] == 2 * offset:
            total = total + SMOOTHING[offset] * (pair[0][1] + pair[1][1])
            weight += 2 * SMOOTHING[offset]
    return total / weight


class RegistrationChain:
    """
    Registers crop after crop of a long film: to the first as long as the face looks like it, then to a later one that
    is registered already, and so on.

    Args:
        first (`np.ndarray` of shape `(S, S, 3)`):
            The first crop; RGB, uint8.
    """

    def __init__(self, first: np.ndarray):
        self.registrar = Registrar(first)

    def register(self, image: np.ndarray) -> Registration:
        """The next crop, brought onto the key frame; below a correlation of 0.97 it becomes the key frame."""
        result = self.registrar.register(image)
        if result.correlation < KEY_CORRELATION:
            self.registrar = Registrar(result.frame)
        return result


def root_mean_square(matrix: np.ndarray, size: int) -> float:
    """Root mean square displacement, over a crop of `size` pixels, of a registration's matrix."""
    grid = _points(size)
    return float(np.sqrt(((transform_points(matrix, grid) - grid) ** 2).sum(axis=1).mean()))


@cache
def _points(size: int) -> np.ndarray:
    """Nine times nine points `(81, 2)` over a crop of `size` pixels."""
    return np.stack(np.meshgrid(*[np.linspace(0, size - 1, 9)] * 2), axis=-1).reshape(-1, 2)
