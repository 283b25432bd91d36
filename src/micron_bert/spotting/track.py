"""The track of a face: crops aligned and registered frame by frame, in uninterrupted stretches."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from micron_bert.faces.alignment import compose
from micron_bert.faces.registration import SAME_FACE
from micron_bert.faces.stream import Crop, CropStream, RegistrationChain, root_mean_square
from micron_bert.spotting.finder import box_of, centre_of, side_of

LARGEST_JUMP = 0.3  # share of the face's side between two frames; a larger jump is a cut
LARGEST_DRIFT = 0.06  # share of the crop's side by which registration may differ from the landmarks


class AlignedFace(NamedTuple):
    """
    A face in one frame.

    Attributes:
        index (`int`), time (`float`): of the frame in the source; the time in seconds.
        place (`int`): number of the frame among the frames used.
        image (`np.ndarray` of shape `(S, S, 3)`): the canonical crop, registered; RGB, uint8.
        transform (`np.ndarray` of shape `(2, 3)`): pixels of the frame to pixels of the crop.
        landmarks (`np.ndarray` of shape `(468, 2)`): in pixels of the frame.
        stretch (`int`): number of the uninterrupted stretch that the frame belongs to.
        gain (`float`): change of brightness that the registration took out.
        correlation (`float`): of the fine texture with that of the key frame.
    """

    index: int
    time: float
    place: int
    image: np.ndarray
    transform: np.ndarray
    landmarks: np.ndarray
    stretch: int
    gain: float
    correlation: float


class FaceTrack:
    """
    One face: crops on a smoothed path, registered in a chain that begins anew wherever the film is interrupted.

    A cut to another face shows in the registration, two frames later than in the landmarks: the frames since then are
    cut out again, on a path of their own.

    Args:
        size (`int`):
            Side of the crops in pixels.
    """

    def __init__(self, size: int):
        self.size = size
        self.stretch = 0
        self.crops = self.chain = self.last = None

    def push(
        self, place: int, index: int, time: float, image: np.ndarray, landmarks: np.ndarray | None
    ) -> Iterator[AlignedFace]:
        """Takes the next frame, with landmarks `None` where the face is absent; yields crops that became ready."""
        if landmarks is None or (self.last is not None and _jumped(self.last, landmarks)):
            yield from self.interrupt()
        self.last = landmarks
        if landmarks is not None:
            self.crops = self.crops or CropStream(self.size)
            yield from self._cut_out((index, time, image, landmarks, place))

    def interrupt(self) -> Iterator[AlignedFace]:
        """Ends the stretch; yields the crops that remain."""
        while self.crops is not None:
            stream = self.crops
            for crop in stream.finish():
                yield from self._register(crop)
                if self.crops is not stream:
                    break
            else:
                self.crops = None
        self.chain = self.last = None

    def _cut_out(self, entry: tuple) -> Iterator[AlignedFace]:
        crop = self.crops.push(*entry)
        if crop is not None:
            yield from self._register(crop)

    def _register(self, crop: Crop) -> Iterator[AlignedFace]:
        index, time, image, transform, landmarks, place = crop
        if self.chain is None:
            self.chain = RegistrationChain(image)
            self.stretch += 1
            yield AlignedFace(index, time, place, image, transform, landmarks, self.stretch, 1.0, 1.0)
            return
        result = self.chain.register(image)
        drift = root_mean_square(result.matrix, self.size)
        if result.correlation < SAME_FACE or drift > LARGEST_DRIFT * self.size:
            entries = self.crops.waiting()
            self.crops, self.chain = CropStream(self.size), None
            for entry in entries:
                yield from self._cut_out(entry)
            return
        transform = compose(result.matrix, transform)
        yield AlignedFace(
            index, time, place, result.frame, transform, landmarks, self.stretch, result.gain, result.correlation
        )


def _jumped(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether a face moved or grew more than a head can between two frames."""
    one, other = box_of(before), box_of(after)
    step = np.linalg.norm(centre_of(one) - centre_of(other)) / side_of(one)
    return step > LARGEST_JUMP or abs(np.log(side_of(other) / side_of(one))) > LARGEST_JUMP
