"""Following one face from frame to frame."""

import os

import numpy as np

from micron_bert.faces.alignment import fit_similarity, similarity_from_landmarks, transform_points
from micron_bert.faces.detector import FaceDetector, choose_face
from micron_bert.faces.mesh import PRESENCE_THRESHOLD, FaceMesh

LARGE_STEP = 0.05  # of the face's side: after such a step the mesh is fitted again, on a crop that is centred

# landmarks that neither expression nor speech moves much: bridge and tip of the nose, corners of the eyes, forehead,
# temples and the sides of the face down to the ears
RIGID = np.array(
    [1, 4, 5, 6, 8, 9, 10, 21, 33, 54, 67, 103, 109, 122, 127, 133, 151, 162, 168, 195, 196, 197]
    + [234, 251, 263, 284, 297, 332, 338, 351, 356, 362, 389, 419, 454]
)


class FaceTracker:
    """
    Follows one face through a film: the detector looks for it in the first frame and when it was lost, in between the
    landmarks of a frame tell where to look in the next.

    Args:
        face (`str`, `int` or `tuple`, defaults to `"largest"`):
            Which face to follow, see [`choose_face`]. When a face was lost and several are there, the one nearest to
            where it was seen last is taken for it.
        models (`str` or `os.PathLike`, *optional*):
            Folder with the face models, see [`find_face_models`].
    """

    def __init__(self, face: str | int | tuple[float, float] = "largest", models: str | os.PathLike | None = None):
        self.face = face
        self.detector = FaceDetector(models)
        self.mesh = FaceMesh(models)
        self.last = None  # landmarks where the face was seen last
        self.lost = True

    def locate(self, image: np.ndarray) -> np.ndarray | None:
        """
        Landmarks of the face in the next frame, `None` when it is not there.

        Args:
            image (`np.ndarray` of shape `(H, W, 3)`):
                RGB, uint8.

        Returns:
            `np.ndarray` of shape `(468, 2)`, float32, in image pixels; or `None`.
        """
        landmarks = None if self.lost else self._follow(image)
        if landmarks is None:
            landmarks = self._find(image)
        self.lost = landmarks is None
        if landmarks is not None:
            self.last = landmarks
        return landmarks

    def _follow(self, image: np.ndarray) -> np.ndarray | None:
        landmarks, presence = self.mesh.fit(image, self.last)
        if presence < PRESENCE_THRESHOLD:
            return None
        step = np.linalg.norm((landmarks - self.last).mean(axis=0))
        if step > LARGE_STEP * np.ptp(landmarks, axis=0).max():
            landmarks, presence = self.mesh.fit(image, landmarks)
        return landmarks if presence >= PRESENCE_THRESHOLD else None

    def _find(self, image: np.ndarray) -> np.ndarray | None:
        """The face among those of the detector that the mesh confirms."""
        found = [(face, self.mesh.fit(image, face)) for face in self.detector.detect(image)]
        found = {face: landmarks for face, (landmarks, presence) in found if presence >= PRESENCE_THRESHOLD}
        if not found:
            return None
        which = self.face
        if self.last is not None:
            which = tuple((self.last.min(axis=0) + self.last.max(axis=0)) / 2)
        return found[choose_face(list(found), which)]


class CropPath:
    """
    The similarities that bring a face to the canonical crop, frame by frame.

    The eyes of the first frame fix the crop. In later frames the rigid landmarks are fitted to their places in that
    first crop: three dozen points together shake less than the corners of the eyes do, and blinks do not move them.

    Args:
        size (`int`):
            Side of the crop in pixels.
    """

    def __init__(self, size: int):
        self.size = size
        self.template = None  # rigid landmarks in the crop of the first frame: (points, 2)

    def add(self, landmarks: np.ndarray) -> np.ndarray:
        """The `(2, 3)` similarity, image pixels to crop pixels, of the next frame from its landmarks `(468, 2)`."""
        if self.template is None:
            matrix = similarity_from_landmarks(landmarks, self.size)
            self.template = transform_points(matrix, landmarks[RIGID])
            return matrix
        return fit_similarity(landmarks[RIGID], self.template)
