"""Regions of a face on the patch grid of its canonical crop."""

import cv2
import numpy as np

from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.spotting.interval import REGIONS

BROWS = np.array([70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283, 282, 295, 285])
EYES = (
    np.array([33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246]),
    np.array([362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398]),
)
NOSE = np.array([168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 129, 358, 48, 278, 64, 294])
LIPS = np.array([61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185])
CHEEKS = (
    np.array([117, 118, 101, 36, 206, 207, 187, 123, 50]),
    np.array([346, 347, 330, 266, 426, 427, 411, 352, 280]),
)
FOREHEAD = 0.12  # IOD above the brows that belong to them
LIDS, AROUND_LIPS = 1.3, 1.3  # eyes and lips are widened by these factors: what surrounds them moves with them
FINE = 8  # points along a patch on which its share of a region is counted


def region_weights(landmarks: np.ndarray, size: int, grid: int) -> np.ndarray:
    """
    Share of every patch that belongs to each region.

    Args:
        landmarks (`np.ndarray` of shape `(468, 2)`):
            In pixels of the canonical crop.
        size (`int`):
            Side of the crop in pixels.
        grid (`int`):
            Patches along a side.

    Returns:
        `np.ndarray` of shape `(5, grid, grid)`, float32: brows, eyes, nose, mouth, cheeks; each sums to 1. The eyes
        are taken out of the brows and the cheeks, so that a blink shows in its own region alone.
    """
    points = (np.asarray(landmarks, np.float64) + 0.5) * grid * FINE / size
    up = np.array([0, FOREHEAD * EYE_DISTANCE * grid * FINE])
    brows = points[BROWS]
    masks = {
        "brows": _fill([np.vstack([brows, brows - up])], grid),
        "eyes": _fill([_widen(points[eye], LIDS) for eye in EYES], grid),
        "nose": _fill([points[NOSE]], grid),
        "mouth": _fill([_widen(points[LIPS], AROUND_LIPS)], grid),
        "cheeks": _fill([points[cheek] for cheek in CHEEKS], grid),
    }
    for name in ("brows", "cheeks"):
        masks[name] *= 1 - masks["eyes"]
    masks["nose"] *= 1 - masks["mouth"]
    shares = np.stack([cv2.resize(masks[name], (grid, grid), interpolation=cv2.INTER_AREA) for name in REGIONS])
    return shares / np.maximum(shares.sum(axis=(1, 2), keepdims=True), 1e-6)


def face_weights(weights: np.ndarray) -> np.ndarray:
    """Patches `(grid, grid)` of the face without the eyes, which blinks move, from those of its regions; sum 1."""
    face = np.maximum(weights[[0, 2, 3, 4]].max(axis=0) - weights[1], 0)
    return face / max(face.sum(), 1e-6)


def _widen(points: np.ndarray, factor: float) -> np.ndarray:
    centre = points.mean(axis=0)
    return centre + factor * (points - centre)


def _fill(outlines: list[np.ndarray], grid: int) -> np.ndarray:
    mask = np.zeros((grid * FINE, grid * FINE), np.float32)
    for outline in outlines:
        hull = cv2.convexHull(np.round(outline).astype(np.int32))
        cv2.fillConvexPoly(mask, hull, 1.0)
    return mask


def openings(landmarks: np.ndarray) -> tuple[float, float]:
    """How far eyes and lips are open, in inter-ocular distances, from landmarks `(468, 2)` in any pixels."""
    span = np.linalg.norm(landmarks[[362, 263]].mean(axis=0) - landmarks[[33, 133]].mean(axis=0))
    lids = np.linalg.norm(landmarks[[159, 386]] - landmarks[[145, 374]], axis=1).mean()
    return float(lids / max(span, 1e-6)), float(np.linalg.norm(landmarks[13] - landmarks[14]) / max(span, 1e-6))
