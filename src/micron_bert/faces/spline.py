"""Cubic B-spline interpolation of small pictures, exact in position."""

import cv2
import numpy as np
from scipy.ndimage import spline_filter1d


class SplineImage:
    """
    A picture that can be moved by fractions of a pixel without changing its place or its sharpness by accident.

    OpenCV's `warpAffine` rounds positions to 1/32 pixel, and its cubic kernel (A = -0.75) does not reproduce a ramp:
    it moves content by up to 0.05 pixel, as much as a weak micro-expression does. The cubic B-spline with its
    prefilter (Unser, 1999, "Splines: a perfect fit for signal and image processing") has neither fault.

    Args:
        image (`np.ndarray` of shape `(H, W)` or `(H, W, C)`):
            Any real type.
    """

    def __init__(self, image: np.ndarray):
        self.shape = image.shape
        coefficients = np.asarray(image, np.float32).reshape(*image.shape[:2], -1)
        for axis in (0, 1):
            coefficients = spline_filter1d(coefficients, 3, axis=axis, output=np.float32, mode="nearest")
        self.coefficients = coefficients  # (H, W, C)

    def warp(self, matrix: np.ndarray) -> np.ndarray:
        """
        The picture moved by a similarity or affine map near the identity.

        The map is split into one pass along the rows and one along the columns (Catmull and Smith, 1980), four taps
        each. Outside of the picture its edge is repeated.

        Args:
            matrix (`np.ndarray` of shape `(2, 3)`):
                From pixels of the picture to pixels of the result.

        Returns:
            `np.ndarray` of the shape of the picture, float32.
        """
        (a, b, c), (d, e, f) = cv2.invertAffineTransform(np.asarray(matrix, np.float64))
        height, width = self.shape[:2]
        y, x = np.arange(height)[:, None], np.arange(width)[None, :]
        # in row y of the picture, column x of the result lies in row (y - f - d x) / e of the result
        rows = _interpolate(self.coefficients, a * x + b * (y - f - d * x) / e + c, axis=1)
        return _interpolate(rows, d * x + e * y + f, axis=0).reshape(self.shape)


def _interpolate(coefficients: np.ndarray, position: np.ndarray, axis: int) -> np.ndarray:
    """B-spline values of `(H, W, C)` coefficients at the positions `(H, W)` along one axis."""
    height, width = position.shape
    base = np.floor(position)
    t = (position - base).astype(np.float32)
    base = base.astype(np.int32) - 1
    t2 = t * t
    t3 = t2 * t
    last = t3 / 6
    first = (1 - 3 * t + 3 * t2 - t3) / 6
    third = (1 + 3 * t + 3 * t2 - 3 * t3) / 6
    weights = (first, 1 - first - third - last, third, last)
    flat = coefficients.reshape(height * width, -1)
    result = np.zeros((height, width, flat.shape[1]), np.float32)
    for tap, weight in enumerate(weights):
        index = np.clip(base + tap, 0, coefficients.shape[axis] - 1)
        index = index * width + np.arange(width) if axis == 0 else index + np.arange(height)[:, None] * width
        result += weight[..., None] * flat.take(index, axis=0)
    return result
