"""Cubic B-spline interpolation of small pictures, exact in position."""

import cv2
import numpy as np

# the filter that turns pixels into coefficients, its pole √3 - 2 cut off where float32 no longer sees it
REACH = 15
POLE = 3**0.5 - 2
PREFILTER = -6 * POLE / (1 - POLE**2) * POLE ** np.abs(np.arange(-REACH, REACH + 1))


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
        image = np.asarray(image, np.float32)
        self.coefficients = cv2.sepFilter2D(image, cv2.CV_32F, PREFILTER, PREFILTER, borderType=cv2.BORDER_REFLECT)

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
        height, width = self.coefficients.shape[:2]
        y, x = np.arange(height)[:, None], np.arange(width)[None, :]
        # in row y of the picture, column x of the result lies in row (y - f - d x) / e of the result
        rows = _interpolate(self.coefficients, a * x + b * (y - f - d * x) / e + c, axis=1)
        return _interpolate(rows, d * x + e * y + f, axis=0)


def _interpolate(coefficients: np.ndarray, position: np.ndarray, axis: int) -> np.ndarray:
    """B-spline values of coefficients, `(H, W)` or `(H, W, C)`, at the positions `(H, W)` along one axis."""
    height, width = position.shape
    base = np.floor(position)
    t = (position - base).astype(np.float32)
    t2 = t * t
    t3 = t2 * t
    last = t3 / 6
    first = (1 - 3 * t + 3 * t2 - t3) / 6
    third = (1 + 3 * t + 3 * t2 - 3 * t3) / 6
    # of `remap` only what picks whole pixels is used; it repeats the edge
    places = np.empty((height, width, 2), np.int16)
    places[..., axis] = np.arange(width) if axis == 0 else np.arange(height)[:, None]
    moving = places[..., 1 - axis]
    moving[:] = np.clip(base, -4, max(height, width) + 4) - 1
    result = None
    for weight in (first, 1 - first - third - last, third, last):
        tap = cv2.remap(coefficients, places, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        if coefficients.ndim == 3:
            weight = cv2.merge([weight] * coefficients.shape[2])
        result = cv2.multiply(tap, weight) if result is None else cv2.accumulateProduct(tap, weight, result)
        moving += 1
    return result
