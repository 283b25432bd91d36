"""The 468 landmarks of a face."""

import os
from typing import NamedTuple

import cv2
import numpy as np

from micron_bert.errors import NoFaceError
from micron_bert.faces.alignment import similarity_matrix, transform_points, warp_similarity
from micron_bert.faces.detector import Face
from micron_bert.faces.models import find_face_models
from micron_bert.faces.network import FaceNetwork

INPUT_SIZE = 192
NUM_LANDMARKS = 468
MARGIN = 1.5  # side of the square that the network sees, over the longer side of the face's box
OUTER_EYE_CORNERS = (33, 263)
PRESENCE_THRESHOLD = 0.8  # faces reach 0.99, what the detector takes for one by mistake stays below 0.4


class MeshFit(NamedTuple):
    """Landmarks `(468, 2)` float32 in image pixels, and the network's belief between 0 and 1 that it saw a face."""

    landmarks: np.ndarray
    presence: float


class FaceMesh:
    """
    The MediaPipe face mesh (arXiv 1907.06724).

    An instance holds one network: use it in one thread.

    Args:
        models (`str` or `os.PathLike`, *optional*):
            Folder with the face models, see [`find_face_models`].
    """

    def __init__(self, models: str | os.PathLike | None = None):
        self.network = FaceNetwork(find_face_models(models).mesh, ("conv2d_21", "conv2d_31"))  # landmarks, presence

    def landmarks(self, image: np.ndarray, face: Face) -> np.ndarray:
        """
        The landmarks of a detected face.

        Args:
            image (`np.ndarray` of shape `(H, W, 3)`):
                RGB, uint8.
            face ([`Face`]):
                One of the faces that [`FaceDetector.detect`] found in it.

        Returns:
            `np.ndarray` of shape `(468, 2)`, float32: image pixels, pixel centres at integers.

        Raises:
            [`NoFaceError`]: the network sees no face there.
        """
        landmarks, presence = self.fit(image, face)
        if presence < PRESENCE_THRESHOLD:
            box = np.round(face.box).astype(int).tolist()
            raise NoFaceError(f"The face found in the box `{box}` has no landmarks; is it a whole face?")
        return landmarks

    def fit(self, image: np.ndarray, start: Face | np.ndarray) -> MeshFit:
        """
        Fit the mesh to a detected face, or to a face whose landmarks in the frame before are known.

        A known face takes one pass. A detected one takes three, each on the crop that the landmarks of the pass before
        give: the third still moves them by about .007 of the eye distance, a fourth would by .002.
        """
        if not isinstance(start, Face):
            return self._refit(image, start)
        eyes = start.keypoints[:2]
        first = self._run(image, start.centre, start.side, eyes[1] - eyes[0])
        return self._refit(image, self._refit(image, first.landmarks).landmarks)

    def _refit(self, image: np.ndarray, landmarks: np.ndarray) -> MeshFit:
        eyes = landmarks[OUTER_EYE_CORNERS, :]
        low, high = landmarks.min(axis=0), landmarks.max(axis=0)
        return self._run(image, (low + high) / 2, float((high - low).max()), eyes[1] - eyes[0])

    def _run(self, image: np.ndarray, centre: np.ndarray, side: float, eye_line: np.ndarray) -> MeshFit:
        """One pass over the square around `centre` that has the eye line level."""
        direction = complex(*eye_line)
        direction = direction / abs(direction) if abs(direction) > 0 else 1
        factor = INPUT_SIZE / (MARGIN * max(side, 1)) / direction
        matrix = similarity_matrix(factor, (INPUT_SIZE - 1) / 2 * (1 + 1j) - factor * complex(*centre))
        crop = warp_similarity(image, matrix, INPUT_SIZE, refinement=1)
        points, presence = self.network(crop * np.float32(1 / 255))
        points = points.reshape(NUM_LANDMARKS, 3)[:, :2].astype(np.float64) - 0.5
        landmarks = transform_points(cv2.invertAffineTransform(matrix), points).astype(np.float32)
        return MeshFit(landmarks, 1 / (1 + float(np.exp(-presence.item()))))
