"""The parts of an upright face on a pixel grid, from its landmarks."""

import cv2
import numpy as np

from micron_bert.faces.alignment import EYE_CORNERS, eye_centres

# inner rims of the lips and of the lids, from the left of the image to its right
MOUTH_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
MOUTH_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
EYES_UPPER = ((33, 246, 161, 160, 159, 158, 157, 173, 133), (362, 398, 384, 385, 386, 387, 388, 466, 263))
EYES_LOWER = ((33, 7, 163, 144, 145, 153, 154, 155, 133), (362, 382, 381, 380, 374, 373, 390, 249, 263))
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


class FaceRegions:
    """
    The parts of an upright face on a pixel grid: where its skin is one piece, and where it ends.

    Args:
        landmarks (`np.ndarray` of shape `(468, 2)`):
            Mesh landmarks in pixels of the grid; the face is upright (rotated by some degrees at most).
        shape (`tuple[int, int]`):
            Height and width of the grid.
        largest (`float`, defaults to 0):
            Largest displacement to come, in pixels. The slits of mouth and eyes are softened in proportion, or large
            movements would show what lies beside them twice.

    Attributes:
        iod (`float`): distance of the eye centres in pixels.
        face (`np.ndarray` of shape `(H, W)`): 1 on the face, falling to 0 outside of it.
        below_mouth (`np.ndarray` of shape `(H, W)`): 1 for what moves with the lower lip and the jaw.
        below_eyes (`np.ndarray` of shape `(H, W)`): 1 for what moves with the lower lids.
        eyeballs (`np.ndarray` of shape `(H, W)`): 1 in the opening of the eyes, over which the lids slide.
        lids (`np.ndarray` of shape `(2, W)`): rows of the upper and lower rims, along the columns of both eyes.
        opening (`np.ndarray` of shape `(W,)`): height of the eye opening, 0 in columns without an eye.
    """

    def __init__(self, landmarks: np.ndarray, shape: tuple[int, int], largest: float = 0.0):
        self.landmarks = np.asarray(landmarks, np.float32)
        self.shape = shape
        self.largest = largest
        eyes = eye_centres(self.landmarks)
        span = eyes[1] - eyes[0]
        self.iod = float(np.hypot(*span))
        self.across = span / np.float32(self.iod)  # from the person's right eye to the left, mirrored pictures too
        down = np.array([-self.across[1], self.across[0]])
        self.down = down if down[1] > 0 else -down
        height, width = shape
        self.columns = np.arange(width, dtype=np.float32)
        self.rows = np.arange(height, dtype=np.float32)
        self.face = self._face()
        self.below_mouth = self._below_mouth()
        self.below_eyes, self.eyeballs = self._eyes()

    def _curve(self, indices: tuple[int, ...]) -> np.ndarray:
        points = self.landmarks[list(indices)]
        points = points[np.argsort(points[:, 0])]
        return np.interp(self.columns, points[:, 0], points[:, 1]).astype(np.float32)

    def _face(self) -> np.ndarray:
        oval = self.landmarks[list(FACE_OVAL)]
        centre = oval.mean(axis=0)
        hull = cv2.convexHull(np.round(centre + 1.04 * (oval - centre)).astype(np.int32))
        mask = np.zeros(self.shape, np.float32)
        cv2.fillConvexPoly(mask, hull, 1.0)
        return cv2.GaussianBlur(mask, (0, 0), 0.1 * self.iod, borderType=cv2.BORDER_REPLICATE)

    def _below_mouth(self) -> np.ndarray:
        upper, lower = self._curve(MOUTH_UPPER), self._curve(MOUTH_LOWER)
        corners = np.sort(self.landmarks[[61, 291], 0])
        beyond = np.maximum(np.maximum(corners[0] - self.columns, self.columns - corners[1]), 0)
        # one piece of skin again at a distance from the corners of the mouth
        half = np.maximum((lower - upper) / 2, max(0.02 * self.iod, 0.8 * self.largest)) + 0.6 * beyond
        return np.clip(0.5 + (self.rows[:, None] - (upper + lower) / 2) / (2 * half), 0, 1)

    def _eyes(self) -> tuple[np.ndarray, np.ndarray]:
        corners = np.sort(self.landmarks[list(EYE_CORNERS), 0], axis=1)  # (2, 2)
        upper = self._curve(EYES_UPPER[0] + EYES_UPPER[1])
        lower = self._curve(EYES_LOWER[0] + EYES_LOWER[1])
        inside = ((self.columns > corners[:, :1]) & (self.columns < corners[:, 1:])).any(axis=0)
        self.lids = np.stack([upper, lower])
        self.opening = np.where(inside, np.maximum(lower - upper, 0), 0)
        widest = max(self.opening.max(), 0.08 * self.iod)
        offset = self.rows[:, None] - (upper + lower) / 2
        below = np.clip(0.5 + offset / max(0.4 * widest, 2 * self.largest), 0, 1)
        balls = np.clip((self.opening / 2 - np.abs(offset)) / max(0.3 * widest, 1.6 * self.largest), 0, 1)
        return below, balls
