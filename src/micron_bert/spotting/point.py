"""Points of the curve: how much a face moved at one frame, and all of a film's."""

from array import array
from typing import NamedTuple

import numpy as np

from micron_bert.spotting.decision import Judgement
from micron_bert.spotting.interval import REGIONS, Curve
from micron_bert.spotting.movement import Pairs
from micron_bert.spotting.regions import face_weights
from micron_bert.spotting.track import AlignedFace

NOWHERE = np.full(len(REGIONS), np.nan)


class Point(NamedTuple):
    """
    The curve at one frame.

    Attributes:
        index (`int`), time (`float`): of the frame.
        movement (`float`): over the face without the eyes, in % of the inter-ocular distance; NaN without any pair.
        regions (`np.ndarray` of shape `(5,)`): the same for brows, eyes, nose, mouth, cheeks.
        present (`bool`): whether the face was seen.
    """

    index: int
    time: float
    movement: float
    regions: np.ndarray
    present: bool

    @classmethod
    def of(cls, face: AlignedFace, pairs: Pairs, weights: np.ndarray) -> "Point":
        """
        The largest displacement over the lags, each averaged over a region.

        Args:
            face ([`AlignedFace`]), pairs ([`Pairs`]): of the frame.
            weights (`np.ndarray` of shape `(5, grid, grid)`): of the regions, see [`region_weights`].
        """
        if not pairs.places:
            return cls(face.index, face.time, np.nan, NOWHERE, True)
        lengths = np.linalg.norm(pairs.fields[:, :2], axis=1)  # (K, grid, grid)
        shares = np.concatenate([face_weights(weights)[None], weights]) * pairs.interest
        shares /= np.maximum(shares.sum(axis=(1, 2), keepdims=True), 1e-9)
        values = np.einsum("rij,kij->kr", shares, lengths).max(axis=0)
        return cls(face.index, face.time, float(values[0]), values[1:], True)

    @classmethod
    def without_face(cls, index: int, time: float) -> "Point":
        """Of a frame that does not show the face."""
        return cls(index, time, np.nan, NOWHERE, False)


class Points:
    """The points and judgements of one face in a film, packed: memory grows by some 100 bytes a frame."""

    def __init__(self):
        self.numbers = array("d")
        self.judged = array("d")

    def extend(self, points: list[Point]) -> None:
        """Takes the next points."""
        for point in points:
            self.numbers.extend((point.time, point.index, point.present, point.movement, *point.regions))

    def judge(self, judgements: list[Judgement]) -> None:
        """Takes the next judgements."""
        for judgement in judgements:
            self.judged.extend(judgement)

    def curve(self) -> Curve:
        """All of them."""
        table = np.array(self.numbers).reshape(-1, 4 + len(REGIONS))
        regions = {name: table[:, 4 + number] for number, name in enumerate(REGIONS)}
        judged = np.array(self.judged).reshape(-1, 3)
        return Curve(table[:, 0], table[:, 1].astype(int), table[:, 3], regions, table[:, 2] > 0, judged)
