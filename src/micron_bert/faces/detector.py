"""Finding faces in a picture."""

import os
from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.models import find_face_models
from micron_bert.faces.network import FaceNetwork

INPUT_SIZE = 128
CELLS = ((16, 2), (8, 6))  # (cells along a side, anchors per cell): stride 8 once, stride 16 three times
SCORE_THRESHOLD = 0.5
SURE_SCORE = 0.75  # portraits reach 0.84 at least
UPRIGHT_SCORE = 0.8  # faces upside down reach 0.76; their eyes are taken for the mouth
OVERLAP_THRESHOLD = 0.3
ZOOMS = (1, 0.5, 2)  # the whole picture; smaller, for a face that fills it; larger and in parts, for a small face


@dataclass(frozen=True, eq=False)
class Face:
    """
    A face found in a picture, in its pixels (pixel centres at integers).

    Attributes:
        box (`np.ndarray` of shape `(4,)`): left, top, right, bottom; from the brows to the chin.
        score (`float`): between 0 and 1.
        keypoints (`np.ndarray` of shape `(6, 2)`):
            Eye, eye, nose tip, mouth centre, ear, ear; of each pair the one on the person's right first.
    """

    box: np.ndarray
    score: float
    keypoints: np.ndarray

    @property
    def side(self) -> float:
        """The longer side of the box, in pixels."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))

    @property
    def centre(self) -> np.ndarray:
        """Centre of the box, `(x, y)`."""
        return (self.box[:2] + self.box[2:]) / 2


def choose_face(faces: list[Face], which: str | int | tuple[float, float] = "largest") -> Face:
    """
    One of several faces.

    Args:
        faces (`list[Face]`):
            As [`FaceDetector.detect`] returns them: not empty, the largest first.
        which (`str`, `int` or `tuple`, defaults to `"largest"`):
            `"largest"`, the n-th largest (from 0), or the one whose centre is nearest to a point `(x, y)`.

    Raises:
        [`InputError`]: there is no such face.
    """
    if isinstance(which, str):
        if which != "largest":
            raise InputError(f"`face` is `{which}`; pass `largest`, a number or a point `(x, y)`.")
        which = 0
    if isinstance(which, (int, np.integer)):
        if not 0 <= which < len(faces):
            raise InputError(
                f"`face` is `{which}`, but the picture has {len(faces)} face(s); pass a number from 0, the largest, "
                f"to {len(faces) - 1}."
            )
        return faces[which]
    return min(faces, key=lambda face: float(np.linalg.norm(face.centre - np.asarray(which, float))))


class FaceDetector:
    """
    The MediaPipe short-range face detector (BlazeFace, arXiv 1907.05047).

    An instance holds one network: use it in one thread.

    Args:
        models (`str` or `os.PathLike`, *optional*):
            Folder with the face models, see [`find_face_models`].
    """

    def __init__(self, models: str | os.PathLike | None = None):
        self.network = FaceNetwork(find_face_models(models).detector, ("regressors", "classificators"))
        self.anchors = _anchors()

    def detect(self, image: np.ndarray) -> list[Face]:
        """
        Find the faces of a picture.

        The network sees faces between about an eighth and nine tenths of the picture's longer side. When it is sure
        of none, the picture is searched again at half the size and, in overlapping parts, at twice the size. What it
        is not sure of may be no face; the mesh can tell, see [`FaceMesh.landmarks`]. Where no face is clearly upright,
        the picture is searched upside down too, and each face is taken the way that it looks more like one.

        Args:
            image (`np.ndarray` of shape `(H, W, 3)`):
                RGB, uint8.

        Returns:
            `list[Face]`: the largest first; empty when there is none.
        """
        found = self._search(image)
        if not (found[:, 0] > UPRIGHT_SCORE).any():
            turned = _turned(self._search(np.ascontiguousarray(image[::-1, ::-1])), image.shape)
            found = _better(found, turned)
        faces = []
        for score, *values in found:
            centre, extent, *keypoints = np.reshape(values, (8, 2))
            box = np.concatenate([centre - extent / 2, centre + extent / 2])
            faces.append(Face(box, float(score), np.array(keypoints)))
        return sorted(faces, key=lambda face: face.side, reverse=True)

    def _search(self, image: np.ndarray) -> np.ndarray:
        """Rows of score, centre, extent and six key points of the faces in a picture, held as it is."""
        found = []
        for zoom in ZOOMS:
            found.append(self._candidates(image, zoom))
            if (found[-1][:, 0] > SURE_SCORE).any():
                break
        return _merge(np.concatenate(found))

    def _candidates(self, image: np.ndarray, zoom: float) -> np.ndarray:
        """Rows of score, centre, extent and six key points in image pixels, before overlapping ones are merged."""
        scale = zoom * INPUT_SIZE / max(image.shape[:2])
        height, width = (max(1, round(length * scale)) for length in image.shape[:2])
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(image, (width, height), interpolation=interpolation)
        found = []
        for top in _offsets(height):
            for left in _offsets(width):
                part = small[max(top, 0) : top + INPUT_SIZE, max(left, 0) : left + INPUT_SIZE]
                x, y = max(-left, 0), max(-top, 0)
                canvas = np.zeros((INPUT_SIZE, INPUT_SIZE, 3), np.float32)
                canvas[y : y + part.shape[0], x : x + part.shape[1]] = part / np.float32(127.5) - 1
                found.append(self._run(canvas) + (0, left, top, 0, 0, *(left, top) * 6))
        x, y = image.shape[1] / width, image.shape[0] / height
        # positions go from the edge of the picture to the centre of its first pixel, extents do not
        return np.concatenate(found) * (1, *(x, y) * 8) - (0, 0.5, 0.5, 0, 0, *(0.5,) * 12)

    def _run(self, canvas: np.ndarray) -> np.ndarray:
        """Candidates in one input of the network: rows of score, centre, extent, six key points, in its pixels."""
        values, logits = self.network(canvas)
        logits = logits[0, :, 0]
        keep = logits > np.log(SCORE_THRESHOLD / (1 - SCORE_THRESHOLD))
        values = values[0, keep].reshape(-1, 8, 2).astype(np.float64)
        values[:, [0, *range(2, 8)]] += self.anchors[keep, None]
        return np.column_stack([1 / (1 + np.exp(-logits[keep].astype(np.float64))), values.reshape(-1, 16)])


def _anchors() -> np.ndarray:
    """Centres of the 896 anchors in pixels of the network's input: `(896, 2)`."""
    centres = []
    for cells, repeats in CELLS:
        grid = (np.arange(cells) + 0.5) * INPUT_SIZE / cells
        y, x = np.meshgrid(grid, grid, indexing="ij")
        centres.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), repeats, axis=0))
    return np.concatenate(centres)


def _offsets(length: int) -> list[int]:
    """Where windows of the network's size start along a picture of `length`: centred when one is enough."""
    if length <= INPUT_SIZE:
        return [-((INPUT_SIZE - length) // 2)]
    count = 1 + int(np.ceil((length - INPUT_SIZE) / (INPUT_SIZE / 2)))
    return [int(start) for start in np.linspace(0, length - INPUT_SIZE, count)]


def _merge(candidates: np.ndarray) -> np.ndarray:
    """Each group of overlapping candidates becomes their mean, weighted by score, with the best score."""
    rest = candidates[np.argsort(-candidates[:, 0], kind="stable")]
    merged = []
    while len(rest):
        together = _overlap(rest[0], rest) > OVERLAP_THRESHOLD
        together[0] = True
        group = rest[together]
        merged.append(np.append(group[0, 0], np.average(group[:, 1:], axis=0, weights=group[:, 0])))
        rest = rest[~together]
    return np.array(merged).reshape(-1, 17)


def _turned(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What was found in a picture upside down, in the pixels of the picture."""
    rows = rows.copy()
    places = rows[:, 1:].reshape(-1, 8, 2)
    places[:, [0, *range(2, 8)]] = (shape[1] - 1, shape[0] - 1) - places[:, [0, *range(2, 8)]]
    return np.column_stack([rows[:, :1], places.reshape(-1, 16)])


def _better(found: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """Of each face that was found both ways the row with the better score, and all the others."""
    surer = [row for row in turned if not (found[_overlap(row, found) > OVERLAP_THRESHOLD, 0] >= row[0]).any()]
    turned = np.array(surer).reshape(-1, 17)
    kept = [row for row in found if not (_overlap(row, turned) > OVERLAP_THRESHOLD).any()]
    return np.concatenate([np.array(kept).reshape(-1, 17), turned])


def _overlap(one: np.ndarray, many: np.ndarray) -> np.ndarray:
    """Intersection over union of the box of one candidate with those of many."""
    low = np.maximum(one[1:3] - one[3:5] / 2, many[:, 1:3] - many[:, 3:5] / 2)
    high = np.minimum(one[1:3] + one[3:5] / 2, many[:, 1:3] + many[:, 3:5] / 2)
    common = np.clip(high - low, 0, None).prod(axis=1)
    return common / np.maximum(one[3:5].prod() + many[:, 3:5].prod(axis=1) - common, 1e-9)
