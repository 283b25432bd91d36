"""Lids that come down over the eyes, as a map of pixels that has an exact inverse."""

from dataclasses import dataclass

import numpy as np

from micron_bert.synthesis.motion.face_regions import FaceRegions


@dataclass(frozen=True)
class Blink:
    """
    Upper lids that come down over the eyeballs by a share of the opening.

    The lid between its crease and its rim is stretched; below the rim the eyeball stays where it is, and what the lid
    has covered is squeezed into the lash line. In each column the map is monotone, so it has an exact inverse.

    Attributes:
        closure (`float`): 0 open, 1 closed.
    """

    regions: FaceRegions
    closure: float

    def _knots(self, x: np.ndarray) -> tuple[np.ndarray, ...]:
        columns = self.regions.columns
        upper, lower = (np.interp(x, columns, rim) for rim in self.regions.lids)
        opening = np.interp(x, columns, self.regions.opening)
        crease = upper - (0.4 * self.regions.opening.max() + 0.6 * opening)
        rim = upper + self.closure * 0.95 * opening
        # the eyeball is uncovered again a little below the rim
        end = np.minimum(np.maximum(rim + 0.25 * opening, upper), lower)
        end = np.maximum(end, rim + 0.02 * opening)
        return crease, upper, rim, end

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Where what is at `points` `(2, H, W)` goes."""
        x, y = points
        crease, upper, rim, end = self._knots(x)
        return np.stack([x, _piecewise(y, (crease, upper, end), (crease, rim, end))])

    def backward(self, points: np.ndarray) -> np.ndarray:
        """What comes to `points` `(2, H, W)`."""
        x, y = points
        crease, upper, rim, end = self._knots(x)
        return np.stack([x, _piecewise(y, (crease, rim, end), (crease, upper, end))])


def _piecewise(values: np.ndarray, knots: tuple[np.ndarray, ...], images: tuple[np.ndarray, ...]) -> np.ndarray:
    """Linear between three knots that differ from pixel to pixel, and the identity outside of them."""
    result = values.astype(np.float32)
    for low, high, start, stop in zip(knots, knots[1:], images, images[1:], strict=False):
        within = (values > low) & (values < high)
        share = (values - low) / np.maximum(high - low, 1e-6)
        result = np.where(within, start + share * (stop - start), result)
    return result.astype(np.float32)
