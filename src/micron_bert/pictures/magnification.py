"""A movement made larger: the face is pulled on along what was measured, so that an eye can follow it."""

import cv2
import numpy as np

from micron_bert.pictures.movement import enlarged

FACTOR = 5.0
STEEPEST = 0.7  # pixels of shift per pixel: with more of it the skin would fold over itself


def magnify(
    face: np.ndarray, displacement: np.ndarray, eye_distance: float, factor: float = FACTOR
) -> tuple[np.ndarray, float]:
    """
    The face at the apex as if it had moved further.

    Args:
        face (`np.ndarray` of shape `(size, size, 3)`): at the apex; RGB uint8.
        displacement (`np.ndarray` of shape `(2, rows, columns)`):
            Since the onset, in % of the inter-ocular distance.
        eye_distance (`float`): in pixels of the face.
        factor (`float`, defaults to 5.0): times as far as it did move.

    Returns:
        `tuple[np.ndarray, float]`: the face, and the factor: smaller than asked for where the skin would fold.
    """
    field = enlarged(displacement, len(face)) * eye_distance / 100
    slope = max(float(np.abs(np.gradient(part)).max()) for part in field)
    factor = max(1.0, min(factor, 1 + STEEPEST / max(slope, 1e-9)))
    y, x = np.mgrid[: len(face), : len(face)].astype(np.float32)
    # where a point of the larger movement lies in the face as it is, by two rounds from where it ends
    shift = field
    for _ in range(2):
        at = [
            cv2.remap(part, x - (factor - 1) * shift[0], y - (factor - 1) * shift[1], cv2.INTER_LINEAR)
            for part in field
        ]
        shift = np.stack(at)
    map_x, map_y = x - (factor - 1) * shift[0], y - (factor - 1) * shift[1]
    return cv2.remap(face, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), factor
