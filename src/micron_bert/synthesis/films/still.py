"""A film's picture at rest: a photograph laid out in it, with the face at a size, before a wall."""

from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.faces.alignment import compose, eye_centres, similarity_matrix, transform_points
from micron_bert.synthesis.rendering.camera import Camera

FRAME = (480, 640)  # height and width of a film
FACE_WIDTH = (150.0, 220.0)  # pixels between the ears
OVERSAMPLING = 2  # pixels of the still along one of the film, so that bilinear sampling keeps its sharpness anywhere
FADE = 45.0  # pixels of the film over which the edges of the photograph fade into the wall
EARS = (234, 454)


@dataclass(frozen=True)
class Still:
    """
    A film's picture before anything moves.

    Attributes:
        image (`np.ndarray` of shape `(960, 1280, 3)`): RGB uint8, at `OVERSAMPLING` times the size of the film.
        landmarks (`np.ndarray` of shape `(468, 2)`): float32, in pixels of the film; the eyes are level.
    """

    image: np.ndarray
    landmarks: np.ndarray

    @property
    def iod(self) -> float:
        """Distance of the eye centres in pixels of the film."""
        return float(np.hypot(*np.diff(eye_centres(self.landmarks), axis=0)[0]))

    def developed(self, camera: Camera) -> np.ndarray:
        """The picture `(960, 1280, 3)` as the camera shows it, without noise."""
        image = cv2.cvtColor(self.image, cv2.COLOR_RGB2GRAY) if camera.grey else self.image
        curve = np.clip(np.round(camera.curve()), 0, 255).astype(np.uint8)
        image = cv2.LUT(image, curve)
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if camera.grey else image


def place(photograph: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator) -> Still:
    """
    Lay a photograph out in the picture: upright, the face at a random width and about in the middle.

    Where the photograph ends, its edges fade into a plain wall.
    """
    landmarks = np.asarray(landmarks, np.float64)
    height, width = (OVERSAMPLING * side for side in FRAME)
    ears = np.hypot(*(landmarks[EARS[0]] - landmarks[EARS[1]]))
    scale = OVERSAMPLING * rng.uniform(*FACE_WIDTH) / ears
    x, y = (rng.uniform(0.44, 0.56) * width, rng.uniform(0.45, 0.53) * height)
    # averaging over areas first: fine texture would alias, and flicker when the head moves
    small = cv2.resize(photograph, None, fx=min(scale, 1), fy=min(scale, 1), interpolation=cv2.INTER_AREA)
    shrunk = np.array(small.shape[1::-1]) / photograph.shape[1::-1]
    points = (landmarks + 0.5) * shrunk - 0.5
    eyes = eye_centres(points)
    level = np.exp(-1j * np.angle((eyes[1] - eyes[0]) @ (1, 1j))) * scale / shrunk[0]
    middle = points[list(EARS) + [10, 152]].mean(axis=0)
    matrix = similarity_matrix(level, complex(x, y) - level * complex(*middle))
    image = cv2.warpAffine(small, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    image = cv2.GaussianBlur(image, (0, 0), 0.45 * OVERSAMPLING)
    inside = cv2.warpAffine(np.full(small.shape[:2], 255, np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST)
    to_film = similarity_matrix(complex(1 / OVERSAMPLING), complex(*[0.5 / OVERSAMPLING - 0.5] * 2))
    placed = transform_points(compose(to_film, matrix), points).astype(np.float32)
    return Still(_before_a_wall(image, inside), placed)


def _before_a_wall(image: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """What lies outside of the photograph fades into a wall of the colour of its upper corners."""
    rows, columns = np.flatnonzero(inside.max(axis=1)), np.flatnonzero(inside.max(axis=0))
    upper = image[rows[0] : rows[0] + max(len(rows) // 6, 1)]
    edge = max(len(columns) // 10, 1)
    corners = np.concatenate([upper[:, columns[:edge]], upper[:, columns[-edge:]]], axis=1)
    wall = np.median(corners.reshape(-1, 3), axis=0)
    distance = cv2.distanceTransform(255 - inside, cv2.DIST_L2, 3) / OVERSAMPLING
    share = np.clip(distance / FADE, 0, 1)[..., None]
    share = share**2 * (3 - 2 * share)
    soft = cv2.GaussianBlur(image, (0, 0), 4.0 * OVERSAMPLING, borderType=cv2.BORDER_REPLICATE)
    near = np.clip(distance / 8, 0, 1)[..., None]
    image = image + near * (soft.astype(np.float32) - image)
    return np.clip(np.round(image + share * (wall - image)), 0, 255).astype(np.uint8)
