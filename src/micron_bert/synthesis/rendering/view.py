"""The two views of a face: a crop of a portrait, or a whole photograph."""

import cv2
import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.alignment import EYE_DISTANCE, EYES_CENTRE, eye_centres, similarity_from_eyes, transform_points
from micron_bert.synthesis.motion.displacement import Movement, forward_field, pixel_grid, sample
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.portraits import Portrait, frame_to_portrait, working_landmarks

WINDOW_IOD = 72.0  # pixels between the eyes in the window in which movements are computed; they are smooth
WINDOW_SIDE = 6.0  # side of that window in inter-ocular distances
FADE = 0.55  # width, in inter-ocular distances, over which the head's movement fades into the background


class PortraitView:
    """
    A portrait in a crop that is slightly shifted from the canonical one, perhaps mirrored.

    Args:
        portrait ([`Portrait`]): the face.
        amplitude (`float`): largest displacement to come in % IOD.
        nuisances ([`Nuisances`]): of them `crop`, `flip` and, in [`~PortraitView.focus`], `blur`.
        rng (`np.random.Generator`): source of randomness.

    Attributes:
        shape (`tuple[int, int]`): height and width of the frames.
        landmarks (`np.ndarray` of shape `(468, 2)`): float32, in a frame at rest.
        regions ([`FaceRegions`]): the face on the pixel grid of the movements.
    """

    def __init__(self, portrait: Portrait, amplitude: float, nuisances: Nuisances, rng: np.random.Generator):
        size = portrait.size
        self.shape = size, size
        self.grid = pixel_grid(size, size)
        self.image, self.blur = portrait.image, nuisances.blur
        crop = draw_crop(rng, size, nuisances)  # canonical crop to frame
        self.mirrored = bool(np.linalg.det(crop[:, :2]) < 0)
        self.to_portrait = frame_to_portrait(crop)
        self.landmarks = transform_points(crop, working_landmarks(portrait)).astype(np.float32)
        self.regions = FaceRegions(self.landmarks, self.shape, largest=0.01 * amplitude * EYE_DISTANCE * size)

    def named(self, units: list[UnitActivation]) -> list[UnitActivation]:
        """Units of the frames by the sides of the mesh, which names those of a mirrored face by the original."""
        return [unit.mirrored() for unit in units] if self.mirrored else units

    def focus(self, rng: np.random.Generator) -> None:
        """Draw how blurred all frames are."""
        blur = rng.uniform(*self.blur)
        self.image = cv2.GaussianBlur(self.image, (0, 0), blur) if blur else self.image

    def render(self, movement: Movement | None = None) -> np.ndarray:
        """The frame `(H, W, 3)` after a movement, or at rest."""
        return sample(self.image, self.to_portrait, self.grid if movement is None else movement.sources(self.grid))

    def skin(self, movement: Movement) -> np.ndarray:
        """Displacement `(2, H, W)` of the skin in pixels, which shades it."""
        return movement.skin

    def truth(self, expression: np.ndarray, movement: Movement) -> tuple[np.ndarray, np.ndarray]:
        """Displacement of a frame at rest by the expression, and by all movement: `(2, H, W)` each."""
        moved = forward_field(-expression) if expression.any() else expression
        return moved, movement.displacement(self.grid)


class PhotographView:
    """
    A whole photograph whose face moves; the movement fades out around the head.

    Movements are computed in an upright window around the face and taken from there to the photograph.

    Args:
        photograph (`np.ndarray` of shape `(H, W, 3)`): RGB, uint8.
        landmarks (`np.ndarray` of shape `(468, 2)`): mesh landmarks of the face, in its pixels.
        amplitude (`float`): largest displacement to come in % IOD.

    Raises:
        InputError: shapes that do not fit.
    """

    mirrored = False

    def __init__(self, photograph: np.ndarray, landmarks: np.ndarray, amplitude: float):
        check_photograph(photograph, landmarks)
        self.photograph, self.shape = photograph, photograph.shape[:2]
        self.landmarks = np.asarray(landmarks, np.float32)
        self.grid = pixel_grid(*self.shape)
        side = int(WINDOW_SIDE * WINDOW_IOD)
        # a canonical crop with room around it: its eyes are WINDOW_IOD apart
        crop = WINDOW_IOD / EYE_DISTANCE
        matrix = similarity_from_eyes(eye_centres(landmarks), crop)
        matrix[:, 2] += (side - crop) * np.array(EYES_CENTRE)
        self.matrix = matrix  # photograph to window
        points = transform_points(matrix, landmarks).astype(np.float32)
        self.window = pixel_grid(side, side)
        self.regions = FaceRegions(points, (side, side), largest=0.01 * amplitude * WINDOW_IOD)
        self.fade = self._fade()
        self.linear = np.linalg.inv(matrix[:, :2]).astype(np.float32)
        self._seen: tuple[Movement, np.ndarray] | None = None

    def _fade(self) -> np.ndarray:
        """1 on the head, and smoothly down to 0 around it."""
        inside = (self.regions.face > 0.3).astype(np.uint8)
        distance = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5) / self.regions.iod
        share = np.clip(1 - (distance - 0.25) / (2 * FADE), 0, 1).astype(np.float32)
        return cv2.GaussianBlur(share**2 * (3 - 2 * share), (0, 0), 0.08 * self.regions.iod)

    def named(self, units: list[UnitActivation]) -> list[UnitActivation]:
        """The units: a photograph is not mirrored."""
        return units

    def focus(self, rng: np.random.Generator) -> None:
        """A photograph is as sharp as it is."""

    def render(self, movement: Movement) -> np.ndarray:
        """The photograph `(H, W, 3)` after a movement."""
        x, y = self.grid - self.skin(movement)
        return cv2.remap(self.photograph, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    def skin(self, movement: Movement) -> np.ndarray:
        """Displacement `(2, H, W)` in pixels of the photograph, with that of the head."""
        if self._seen is None or self._seen[0] is not movement:
            backward = self.fade * (movement.sources(self.window) - self.window)
            self._seen = movement, -self._to_photograph(backward)
        return self._seen[1]

    def truth(self, expression: np.ndarray, movement: Movement) -> tuple[np.ndarray, np.ndarray]:
        """As in [`PortraitView`], in pixels of the photograph."""
        moved = forward_field(self._to_photograph(-expression), iterations=4)
        return moved, forward_field(-self.skin(movement), iterations=6)

    def _to_photograph(self, field: np.ndarray) -> np.ndarray:
        """A displacement field of the window in the photograph's pixels, 0 outside of the window."""
        height, width = self.shape
        moved = [
            cv2.warpAffine(part, self.matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            for part in field
        ]
        return np.tensordot(self.linear, np.stack(moved), axes=1).astype(np.float32)


def check_photograph(photograph: np.ndarray, landmarks: np.ndarray) -> None:
    """Raises [`InputError`] unless it is RGB uint8 and there are 468 landmarks."""
    if photograph.ndim != 3 or photograph.shape[2] != 3 or photograph.dtype != np.uint8:
        raise InputError(
            f"The photograph has shape `{photograph.shape}` and type `{photograph.dtype}`; pass RGB uint8."
        )
    if np.shape(landmarks) != (468, 2):
        raise InputError(f"`landmarks` has shape `{np.shape(landmarks)}`; pass the 468 points of the face mesh.")


def draw_crop(rng: np.random.Generator, size: int, nuisances: Nuisances) -> np.ndarray:
    """A crop a little beside the canonical one, perhaps mirrored: `(2, 3)`, canonical pixels to pixels of the crop."""
    shift, turn, scale = nuisances.crop
    dx, dy = np.clip(rng.standard_normal(2), -2.5, 2.5) * shift * size
    angle = np.deg2rad(turn) * np.clip(rng.standard_normal(), -2, 2)
    zoom = np.exp(scale * np.clip(rng.standard_normal(), -2, 2))
    mirror = -1.0 if rng.random() < nuisances.flip else 1.0
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = linear @ np.diag([mirror, 1.0])
    # the sub-pixel offset is drawn for every pair, so that neither frame is the sharper one
    centre = np.full(2, (size - 1) / 2)
    phase = rng.uniform(-0.5, 0.5, 2) if any(nuisances.crop) else np.zeros(2)
    return np.column_stack([linear, centre - linear @ centre + (dx, dy) + phase])
