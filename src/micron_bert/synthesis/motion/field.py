"""The dense displacement that action units make on a face."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.faces.alignment import EYE_CORNERS, eye_centres
from micron_bert.synthesis.motion.units import ACTION_UNITS, UnitActivation, draw_companions

# inner rims of the lips and of the lids, from the left of the image to its right
MOUTH_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
MOUTH_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
EYES_UPPER = ((33, 246, 161, 160, 159, 158, 157, 173, 133), (362, 398, 384, 385, 386, 387, 388, 466, 263))
EYES_LOWER = ((33, 7, 163, 144, 145, 153, 154, 155, 133), (362, 382, 381, 380, 374, 373, 390, 249, 263))
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

REACHES = (0.12, 0.36)  # IOD: a smaller reach makes dents at landmarks, a larger one shifts the whole face
SKIN_LENGTH = 0.35  # IOD over which the variation of pulls is correlated

# landmarks whose skin ends at the slit of the mouth or of an eye
WHOLE, ABOVE_MOUTH, BELOW_MOUTH, ABOVE_EYE, BELOW_EYE = range(5)
LAYERS = {
    **dict.fromkeys((0, 37, 267, 39, 269, 40, 270, 164, 167, 393, 165, 391, 92, 322), ABOVE_MOUTH),
    **dict.fromkeys(
        (17, 84, 314, 181, 405, 91, 321, 18, 83, 313, 200, 199, 201, 421, 152, 148, 377, 204, 424, 202, 422, 208, 428),
        BELOW_MOUTH,
    ),
    **dict.fromkeys((159, 386, 158, 385, 160, 387, 27, 257, 28, 258, 29, 259, 223, 443), ABOVE_EYE),
    **dict.fromkeys((145, 374, 144, 373, 153, 380, 23, 253, 110, 339, 22, 252), BELOW_EYE),
}


@dataclass(frozen=True)
class Habits:
    """
    Random variation of the motion model, so that a network does not learn its regularities.

    Attributes:
        direction (`float`): standard deviation of the direction of a pull, in degrees (partly common to the unit).
        size (`float`): logarithmic standard deviation of the size of a pull.
        reach (`float`): logarithmic standard deviation of how far a pull takes the skin along.
        centre (`float`): standard deviation of the place of a pull, in inter-ocular distances.
        asymmetry (`float`): logarithmic standard deviation of one side of the face against the other.
        roughness (`float`): size of the smooth random changes of the finished field, relative to it.
        spread (`tuple[float, float]`): each pair takes all of the above times a factor drawn from this range.
    """

    direction: float = 30.0
    size: float = 0.5
    reach: float = 0.45
    centre: float = 0.08
    asymmetry: float = 0.3
    roughness: float = 0.4
    spread: tuple[float, float] = (0.3, 1.2)

    @classmethod
    def none(cls) -> "Habits":
        """No variation: the table of units as it is."""
        return cls(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, (1.0, 1.0))

    def draw(self, rng: np.random.Generator) -> "Habits":
        """Draw the variation of one pair."""
        factor = rng.uniform(*self.spread)
        scaled = (self.direction, self.size, self.reach, self.centre, self.asymmetry, self.roughness)
        return Habits(*(factor * value for value in scaled), (1.0, 1.0))


@dataclass(frozen=True)
class _Pulls:
    """The pulls of one unit as arrays: landmark, side (-1 right, 0 midline, 1 left), outward, down, layer."""

    landmarks: np.ndarray
    sides: np.ndarray
    outward: np.ndarray
    down: np.ndarray
    layers: np.ndarray


def _tabulate(number: int) -> _Pulls:
    rows = []
    for landmarks, outward, down in ACTION_UNITS[number].pulls:
        sides = (0,) if len(landmarks) == 1 else (-1, 1)
        rows += [(k, side, outward, down, LAYERS.get(k, WHOLE)) for k, side in zip(landmarks, sides, strict=True)]
    landmarks, sides, outward, down, layers = map(np.array, zip(*rows, strict=True))
    return _Pulls(landmarks, sides, outward.astype(np.float32), down.astype(np.float32), layers)


_PULLS = {number: _tabulate(number) for number in ACTION_UNITS}


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


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cell: float, channels: int) -> np.ndarray:
    """Smooth random maps of shape `(channels, H, W)`, about 1 in standard deviation, features `cell` pixels wide."""
    height, width = shape
    rows, columns = int(np.ceil(height / cell)) + 2, int(np.ceil(width / cell)) + 2
    coarse = rng.standard_normal((rows, columns, channels), np.float32)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return fine.reshape(height, width, channels).transpose(2, 0, 1)


def expression_field(
    units: Sequence[UnitActivation], regions: FaceRegions, rng: np.random.Generator, habits: Habits = Habits()
) -> np.ndarray:
    """
    The displacement field of action units acting together, with 1 as its largest displacement.

    Each landmark that a unit pulls takes the skin around it along by a Gaussian weight; overlapping pulls of a unit
    are averaged by their weights, so that several landmarks move the skin between them as one piece. Skin does not
    reach across the slits of mouth and eyes; the eyeballs rest.

    Args:
        units (`Sequence[UnitActivation]`):
            What acts, with relative intensities.
        regions ([`FaceRegions`]):
            The face.
        rng (`np.random.Generator`):
            Source of randomness.
        habits ([`Habits`]):
            How much the field may differ from the table.

    Returns:
        `np.ndarray` of shape `(2, H, W)`, float32: dx, dy. All zero without units.
    """
    height, width = regions.shape
    field = np.zeros((2, height, width), np.float32)
    for unit in units:
        field += _unit_field(unit, regions, rng, habits)
    field *= regions.face * (1 - regions.eyeballs)
    if habits.roughness and units:
        field = _roughen(field, regions, rng, habits.roughness)
    peak = np.sqrt(np.square(field).sum(axis=0).max())
    return field / peak if peak > 0 else field


def displace(
    units: Sequence[UnitActivation], amplitude: float, regions: FaceRegions, rng: np.random.Generator, habits: Habits
) -> np.ndarray:
    """[`expression_field`] in pixels `(2, H, W)`, `amplitude` % of the inter-ocular distance at its largest."""
    field = expression_field(units, regions, rng, habits)
    field *= np.float32(0.01 * amplitude * regions.iod)
    return field


def act_out(
    units: list[UnitActivation], amplitude: float, regions: FaceRegions, rng: np.random.Generator, habits: Habits
) -> np.ndarray:
    """[`displace`], with faint companion units unless the habits are none."""
    companions = draw_companions(units, rng) if habits.roughness else []
    return displace(units + companions, amplitude, regions, rng, habits)


def _unit_field(unit: UnitActivation, regions: FaceRegions, rng: np.random.Generator, habits: Habits) -> np.ndarray:
    pulls = _PULLS[unit.number]
    action = ACTION_UNITS[unit.number]

    places = regions.landmarks[pulls.landmarks]
    noise = _noise_among(places, SKIN_LENGTH * regions.iod, rng, 5)
    common = rng.standard_normal(4, np.float32)
    reach = action.reach * np.exp(habits.reach * (0.8 * common[0] + 0.6 * noise[0]))
    reach = regions.iod * np.clip(reach, *REACHES)[:, None]  # (K, 1)
    sizes = action.extent * unit.intensity * np.exp(habits.size * noise[1])
    left = np.exp(habits.asymmetry * common[1])
    if unit.side == "both":
        sizes = sizes * np.choose(pulls.sides + 1, (1 / left, 1.0, left))
    else:
        acting = 1 if unit.side == "left" else -1
        faint = rng.uniform(0, 0.2) if habits.asymmetry else 0.0
        sizes = sizes * np.where(pulls.sides == acting, 1.0, np.where(pulls.sides == 0, 0.5, faint))

    # turned alike on both sides of the face: towards the midline or away from it
    angle = np.deg2rad(habits.direction) * (0.6 * common[2] + 0.8 * noise[2])
    outward = np.cos(angle) * pulls.outward - np.sin(angle) * pulls.down
    down = np.sin(angle) * pulls.outward + np.cos(angle) * pulls.down
    # a pull on the midline has no outward side; its turn goes either way
    lateral = np.where(pulls.sides == 0, 1, pulls.sides) * outward
    vectors = sizes[:, None] * (lateral[:, None] * regions.across + down[:, None] * regions.down)  # (K, 2)
    centres = places + habits.centre * regions.iod * noise[3:].T  # (K, 2)

    # a Gaussian is a product of its column and its row factor, so a sum of Gaussians is one matrix product
    across = np.exp(-0.5 * np.square((regions.columns - centres[:, :1]) / reach), dtype=np.float32)  # (K, W)
    along = np.exp(-0.5 * np.square((regions.rows - centres[:, 1:]) / reach), dtype=np.float32)  # (K, H)
    height, width = regions.shape
    weighted = np.stack([across * vectors[:, :1], across * vectors[:, 1:], across]).astype(np.float32)  # (3, K, W)
    total = np.zeros((3, height, width), np.float32)
    for layer in np.unique(pulls.layers):
        chosen = pulls.layers == layer
        # three small products in turn: a BLAS would start threads for one large one, which costs far more than it
        part = along[chosen].T @ weighted[:, chosen]
        total += part if layer == WHOLE else part * _membership(layer, regions)
    rest = np.clip(np.float32(0.5 * np.exp(habits.reach * common[3])), 0.3, 1.0)
    return total[:2] / (total[2] + rest)


def _noise_among(places: np.ndarray, length: float, rng: np.random.Generator, channels: int) -> np.ndarray:
    """
    Standard normal numbers `(channels, K)`: two thirds of their variance is alike at places `(K, 2)` that are
    nearer to each other than `length` pixels.
    """
    squared = sum(np.square(np.subtract.outer(part, part)) for part in places.T)
    weights = np.exp(squared * np.float32(-0.5 / length**2))
    weights /= np.sqrt(np.square(weights).sum(axis=0))
    alike, own = rng.standard_normal((2, channels, len(places)), np.float32)
    return np.float32(np.sqrt(2 / 3)) * (alike @ weights) + np.float32(np.sqrt(1 / 3)) * own


def _membership(layer: int, regions: FaceRegions) -> np.ndarray:
    if layer == ABOVE_MOUTH:
        return 1 - regions.below_mouth
    if layer == BELOW_MOUTH:
        return regions.below_mouth
    return regions.below_eyes if layer == BELOW_EYE else 1 - regions.below_eyes


def _roughen(field: np.ndarray, regions: FaceRegions, rng: np.random.Generator, roughness: float) -> np.ndarray:
    """Change size and direction of a field smoothly over the face, and add a little of another smooth field."""
    size, turn, dx, dy = smooth_noise(rng, regions.shape, rng.uniform(0.5, 1.2) * regions.iod, 4)
    peak = np.sqrt(np.square(field).sum(axis=0).max())
    gain, angle = np.exp(roughness * np.clip(size, -1.5, 1.5)), roughness * turn
    cosine, sine = gain * np.cos(angle), gain * np.sin(angle)
    x, y = field
    other = 0.12 * roughness * peak * regions.face * (1 - regions.eyeballs)
    return np.stack([cosine * x - sine * y + other * dx, sine * x + cosine * y + other * dy])
