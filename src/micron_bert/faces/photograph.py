"""The aligned face of one photograph."""

import os
from dataclasses import dataclass

import numpy as np

from micron_bert.errors import NoFaceError
from micron_bert.faces.alignment import similarity_from_landmarks, transform_points, warp_similarity
from micron_bert.faces.tracker import FaceTracker
from micron_bert.video.picture import as_rgb


@dataclass(frozen=True)
class AlignedFace:
    """
    A canonical face crop.

    Attributes:
        image (`np.ndarray` of shape `(S, S, 3)`): RGB, uint8.
        transform (`np.ndarray` of shape `(2, 3)`): similarity from pixels of the photograph to pixels of the crop.
        landmarks (`np.ndarray` of shape `(468, 2)`): float32, in pixels of the crop.
    """

    image: np.ndarray
    transform: np.ndarray
    landmarks: np.ndarray


def align_image(
    image: np.ndarray,
    size: int = 112,
    face: str | int | tuple[float, float] = "largest",
    models: str | os.PathLike | None = None,
) -> AlignedFace:
    """
    Find the face in a photograph and cut it out level, centred and at the canonical size.

    Args:
        image (`np.ndarray` of shape `(H, W, 3)`):
            RGB, uint8; grey, RGBA and 16-bit pictures are understood too, see [`as_rgb`].
        size (`int`, defaults to 112):
            Side of the crop in pixels.
        face (`str`, `int` or `tuple`, defaults to `"largest"`):
            Which face: the largest, the n-th largest (from 0), or the one nearest to a point `(x, y)`.
        models (`str` or `os.PathLike`, *optional*):
            Folder with the face models, see [`find_face_models`].

    Returns:
        [`AlignedFace`]

    Raises:
        [`NoFaceError`]: there is no face.
    """
    image = as_rgb(image)
    landmarks = FaceTracker(face, models).locate(image)
    if landmarks is None:
        height, width = image.shape[:2]
        raise NoFaceError(
            f"No face was found in the picture of `{width}x{height}` pixels; "
            "pass one with a face seen from the front, at least a fifteenth of its width."
        )
    transform = similarity_from_landmarks(landmarks, size)
    return AlignedFace(
        warp_similarity(image, transform, size), transform, transform_points(transform, landmarks).astype(np.float32)
    )
