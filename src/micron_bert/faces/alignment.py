"""The canonical face crop: eyes level, at a fixed place and a fixed distance; and how a picture is brought there."""

import math

import cv2
import numpy as np

from micron_bert.errors import InputError

EYE_DISTANCE = 0.40  # between the eye centres, as a share of the crop's side
# midpoint of the eye centres, as a share of the crop's side from its left and upper edge;
# any lower, and the chin is outside
EYES_CENTRE = (0.5, 0.33)

# corners of the eyes in the 468-point mesh: the person's right eye (left in the image), then the left one
EYE_CORNERS = ((33, 133), (362, 263))


def eye_centres(landmarks: np.ndarray) -> np.ndarray:
    """
    Centres of the two eyes, each the mean of its corners.

    Args:
        landmarks (`np.ndarray` of shape `(..., 468, 2)`):
            Mesh landmarks in pixels.

    Returns:
        `np.ndarray` of shape `(..., 2, 2)`: the eye on the left of the image first.
    """
    return np.asarray(landmarks)[..., EYE_CORNERS, :].mean(axis=-2)


def canonical_eyes(size: int) -> np.ndarray:
    """Where the eye centres lie in a canonical crop of `size` pixels: `(2, 2)`, pixel centres at integers."""
    x, y = EYES_CENTRE[0] * size - 0.5, EYES_CENTRE[1] * size - 0.5
    half = EYE_DISTANCE * size / 2
    return np.array([[x - half, y], [x + half, y]])


def similarity_from_eyes(eyes: np.ndarray, size: int) -> np.ndarray:
    """
    The similarity (rotation, scale, shift) that brings two eye centres to their places in the canonical crop.

    Args:
        eyes (`np.ndarray` of shape `(2, 2)`):
            Eye centres in image pixels, the one on the left of the image first.
        size (`int`):
            Side of the crop in pixels.

    Returns:
        `np.ndarray` of shape `(2, 3)`, float64: image pixels to crop pixels.
    """
    source = np.asarray(eyes, np.float64) @ (1, 1j)  # (2,) complex numbers: a similarity is z -> a z + b
    target = canonical_eyes(size) @ (1, 1j)
    span = source[1] - source[0]
    if not np.isfinite(span) or abs(span) < 1e-3:
        raise InputError(
            f"The eye centres `{np.round(eyes, 2).tolist()}` coincide; no face crop can be made from them."
        )
    a = (target[1] - target[0]) / span
    return similarity_matrix(a, target.mean() - a * source.mean())


def similarity_matrix(factor: complex, shift: complex) -> np.ndarray:
    """The `(2, 3)` matrix of `z -> factor z + shift` with `z = x + i y`."""
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def similarity_from_landmarks(landmarks: np.ndarray, size: int) -> np.ndarray:
    """[`similarity_from_eyes`] for mesh landmarks of shape `(468, 2)`."""
    return similarity_from_eyes(eye_centres(landmarks), size)


def fit_similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The `(2, 3)` similarity that brings points `(N, 2)` nearest to others `(N, 2)`, by least squares."""
    source, target = np.asarray(source, np.float64) @ (1, 1j), np.asarray(target, np.float64) @ (1, 1j)
    centred = source - source.mean()
    factor = np.vdot(centred, target) / max(np.vdot(centred, centred).real, 1e-12)
    return similarity_matrix(factor, target.mean() - factor * source.mean())


def compose(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """The `(2, 3)` matrix that applies `inner` first, then `outer`."""
    return outer @ np.vstack([inner, (0, 0, 1)])


def transform_points(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points `(..., 2)` under a `(2, 3)` matrix."""
    return np.asarray(points) @ matrix[:, :2].T + matrix[:, 2]


def warp_similarity(image: np.ndarray, matrix: np.ndarray, size: int, refinement: int = 4) -> np.ndarray:
    """
    Cut a square crop out of an image.

    Each pixel of the crop averages the image over its own area, as a camera does: the image is sampled on a grid as
    fine as its own pixels, and the grid is averaged down. Sampling points only would let fine texture alias, and
    aliasing changes from frame to frame like movement does. Outside of the image its edge is repeated.

    Args:
        image (`np.ndarray` of shape `(H, W, 3)` or `(H, W)`):
            uint8 or float32.
        matrix (`np.ndarray` of shape `(2, 3)`):
            Similarity from image pixels to crop pixels.
        size (`int`):
            Side of the crop in pixels.
        refinement (`int`, defaults to 4):
            The finest grid, in points along a crop pixel. A picture with more pixels than that is first averaged over
            whole blocks of its pixels, which bounds the time.

    Returns:
        `np.ndarray` of shape `(size, size, 3)` or `(size, size)` in the dtype of `image`.
    """
    scale = math.hypot(matrix[0, 0], matrix[1, 0])  # crop pixels per image pixel
    block = int(1 / (refinement * scale))
    if block > 1:
        image, matrix = _average_blocks(image, matrix, size, block)
        scale *= block
    factor = max(1, math.ceil(1 / scale))
    fine = matrix * factor
    fine[:, 2] += (factor - 1) / 2
    interpolation = cv2.INTER_CUBIC if factor == 1 else cv2.INTER_LINEAR
    side = size * factor
    crop = cv2.warpAffine(image, fine, (side, side), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
    return crop if factor == 1 else cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)


def _average_blocks(image: np.ndarray, matrix: np.ndarray, size: int, block: int) -> tuple[np.ndarray, np.ndarray]:
    """What a crop shows of an image, averaged over blocks of pixels, and the matrix from there to the crop."""
    corners = np.array([(x, y) for x in (-0.5, size - 0.5) for y in (-0.5, size - 0.5)])
    corners = transform_points(cv2.invertAffineTransform(matrix), corners) / block
    blocks = np.array(image.shape[1::-1]) // block
    # two blocks of margin; a crop beside the image still gets its edge
    low = np.clip(np.floor(corners.min(axis=0) - 2), 0, np.maximum(blocks - 1, 0)).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + 2), low + 1, np.maximum(blocks, 1)).astype(int)
    part = image[low[1] * block : high[1] * block, low[0] * block : high[0] * block]
    part = cv2.resize(part, tuple(int(n) for n in high - low), interpolation=cv2.INTER_AREA)
    to_image = similarity_matrix(complex(block), complex(*(low * block + (block - 1) / 2)))
    return part, compose(matrix, to_image)
