"""The course of a face: where every patch is at every moment, joined from movements over several lags."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from micron_bert.faces.alignment import eye_centres, transform_points
from micron_bert.spotting.finder import box_of
from micron_bert.spotting.movement import Pairs
from micron_bert.spotting.regions import openings, region_weights
from micron_bert.spotting.track import AlignedFace

NOSE_TIP = 1


@dataclass(frozen=True)
class Moment:
    """
    What is kept of a frame.

    Attributes:
        index (`int`), place (`int`): its number in the source, and among the frames that were looked at.
        time (`float`): in seconds.
        position (`np.ndarray` of shape `(4, grid, grid)`):
            float32, where every patch is in % of the inter-ocular distance, relative to the begin of the stretch: by
            expression x, y, by all movement x, y.
        misfit (`float`): root mean square disagreement of the pairs about that.
        state (`np.ndarray` of shape `(9,)`):
            Opening of the eyes and of the lips, place of the head (x, y in inter-ocular distances), its roll and
            logarithmic size, the tip of the nose relative to the eyes (x, y), the logarithmic gain of the light.
        correlation (`float`): of the registration.
        box (`np.ndarray` of shape `(4,)`): left, top, right, bottom of the face in pixels of the source.
    """

    index: int
    place: int
    time: float
    position: np.ndarray
    misfit: float
    state: np.ndarray
    correlation: float
    box: np.ndarray


def join(moments: deque[Moment], face: AlignedFace, pairs: Pairs) -> Moment:
    """
    The moment of the next frame: each pair says where the face is from where it was, and their mean is taken.

    Long lags keep the course from drifting, short ones follow quick movements.
    """
    known = {moment.place: moment for moment in moments}
    votes = [
        known[place].position + field
        for place, field in zip(pairs.places, pairs.fields, strict=True)
        if place in known
    ]
    if votes:
        position = np.mean(votes, axis=0)
        misfit = float(np.sqrt(np.mean(np.square(votes - position))))
    else:
        position, misfit = np.zeros(pairs.fields.shape[1:], np.float32), 0.0
    box = box_of(face.landmarks)
    return Moment(face.index, face.place, face.time, position, misfit, _state(face), face.correlation, box)


def weights_of(face: AlignedFace, grid: int) -> np.ndarray:
    """[`region_weights`] of an aligned face."""
    return region_weights(transform_points(face.transform, face.landmarks), len(face.image), grid)


def _state(face: AlignedFace) -> np.ndarray:
    eyes = eye_centres(face.landmarks)
    span = complex(*(eyes[1] - eyes[0]))
    size = max(abs(span), 1e-6)
    middle = eyes.mean(axis=0)
    nose = complex(*(face.landmarks[NOSE_TIP] - middle)) / (span if abs(span) else 1)
    # place, roll and size of the head from the registration, which shakes less than the landmarks
    roll, scale = np.arctan2(face.transform[1, 0], face.transform[0, 0]), np.hypot(*face.transform[:, 0])
    where = -np.linalg.solve(face.transform[:, :2], face.transform[:, 2]) / size
    return np.array(
        [*openings(face.landmarks), *where, roll, -np.log(scale), nose.real, nose.imag, np.log(max(face.gain, 1e-3))]
    )


class Course:
    """
    Some seconds of an uninterrupted stretch.

    Args:
        moments (`list[Moment]`): in order of time.
        weights (`np.ndarray` of shape `(5, grid, grid)`): see [`region_weights`].

    Attributes:
        times (`np.ndarray` of shape `(T,)`): seconds.
        position (`np.ndarray` of shape `(T, 4, grid, grid)`), misfit (`np.ndarray` of shape `(T,)`),
        states (`np.ndarray` of shape `(T, 9)`), correlations (`np.ndarray` of shape `(T,)`): as in [`Moment`].
    """

    def __init__(self, moments: list[Moment], weights: np.ndarray):
        self.moments, self.weights = moments, weights
        self.times = np.array([moment.time for moment in moments])
        self.position = np.stack([moment.position for moment in moments])
        self.misfit = np.array([moment.misfit for moment in moments])
        self.states = np.stack([moment.state for moment in moments])
        self.correlations = np.array([moment.correlation for moment in moments])
        self._bends: dict[float, np.ndarray] = {}

    def bend(self, scale: float) -> np.ndarray:
        """
        Where the expression has each patch, relative to the middle between `scale` seconds before and after.

        Returns:
            `np.ndarray` of shape `(T, 2, grid, grid)`: 0 at the ends, where there is no before or after.
        """
        if scale not in self._bends:
            expression, times = self.position[:, :2], self.times
            outside = (times - scale < times[0] - 1e-6) | (times + scale > times[-1] + 1e-6)
            around = expression[self.nearest(times - scale)] + expression[self.nearest(times + scale)]
            self._bends[scale] = expression - around / 2
            self._bends[scale][outside] = 0
        return self._bends[scale]

    def nearest(self, time: float | np.ndarray) -> np.ndarray:
        """Positions of the frames nearest to times."""
        right = np.clip(np.searchsorted(self.times, time), 1, len(self.times) - 1)
        return right - (time - self.times[right - 1] <= self.times[right] - time)
