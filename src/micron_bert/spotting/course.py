"""The course of a face: the position of every patch over time, joined from displacements over several lags."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from micron_bert.faces.alignment import eye_centres, transform_points
from micron_bert.spotting.finder import box_of
from micron_bert.spotting.movement import Pairs
from micron_bert.spotting.regions import openings, region_weights
from micron_bert.spotting.track import AlignedFace

NOSE_TIP = 1
LIPS = 1  # index of the lips' opening in `Moment.state`


@dataclass(frozen=True)
class Moment:
    """
    One frame of a course.

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


def join(moments: Sequence[Moment], face: AlignedFace, pairs: Pairs) -> Moment:
    """The moment of the next frame, from the ones before it."""
    known = {moment.place: moment.position for moment in moments}
    position, misfit = position_of(known, pairs)
    box = box_of(face.landmarks)
    return Moment(face.index, face.place, face.time, position, misfit, _state(face), face.correlation, box)


def position_of(known: dict[int, np.ndarray], pairs: Pairs) -> tuple[np.ndarray, float]:
    """
    The position of every patch: the mean over the pairs of earlier position plus displacement.

    Long lags keep the course from drifting, short ones follow quick movements. A frame without a pair keeps the
    position of the one before it.

    Args:
        known (`dict[int, np.ndarray]`): positions `(4, grid, grid)` of earlier frames by their places, in order.
        pairs ([`Pairs`]): of the frame.

    Returns:
        `tuple[np.ndarray, float]`: the position, and the root mean square disagreement of the pairs about it.
    """
    votes = [known[place] + field for place, field in zip(pairs.places, pairs.fields, strict=True) if place in known]
    if votes:
        position = np.mean(votes, axis=0)
        return position, float(np.sqrt(np.mean(np.square(votes - position))))
    last = next(reversed(known.values()), None)
    return (np.zeros(pairs.fields.shape[1:], np.float32) if last is None else last), 0.0


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
