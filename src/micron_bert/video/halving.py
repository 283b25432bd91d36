"""Pictures that are larger than any face needs, made smaller strip by strip, without a second copy of their size."""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

STRIP = 256  # rows of the smaller picture at a time


def halved(picture: Image.Image, divisor: int, plain: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    """The samples of a decoded picture after `plain`, of several the means of squares of `divisor` by `divisor`."""
    if divisor == 1:
        return np.asarray(plain(picture))
    rows, height = STRIP * divisor, picture.height
    strips = (picture.crop((0, top, picture.width, min(top + rows, height))) for top in range(0, height, rows))
    return np.concatenate([np.asarray(plain(strip).reduce(divisor)) for strip in strips])


def smaller(samples: np.ndarray, divisor: int) -> np.ndarray:
    """The means of squares of samples of `divisor` by `divisor`."""
    if divisor == 1:
        return samples
    rows = STRIP * divisor
    return np.concatenate([_means(samples[top : top + rows], divisor) for top in range(0, len(samples), rows)])


def _means(samples: np.ndarray, divisor: int) -> np.ndarray:
    height, width = samples.shape[:2]
    right, below = -width % divisor, -height % divisor
    padded = np.pad(samples, ((0, below), (0, right), *((0, 0),) * (samples.ndim - 2)), mode="edge")
    size = padded.shape[1] // divisor, padded.shape[0] // divisor
    return cv2.resize(padded, size, interpolation=cv2.INTER_AREA)
