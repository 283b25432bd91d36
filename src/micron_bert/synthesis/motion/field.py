"""The dense displacement that action units make on a face."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.habits import USUAL, Habits
from micron_bert.synthesis.motion.units import ACTION_UNITS, UnitActivation, draw_companions

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


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cell: float, channels: int) -> np.ndarray:
    """Smooth random maps of shape `(channels, H, W)`, about 1 in standard deviation, features `cell` pixels wide."""
    height, width = shape
    rows, columns = int(np.ceil(height / cell)) + 2, int(np.ceil(width / cell)) + 2
    coarse = rng.standard_normal((rows, columns, channels), np.float32)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return fine.reshape(height, width, channels).transpose(2, 0, 1)


def expression_field(
    units: Sequence[UnitActivation], regions: FaceRegions, rng: np.random.Generator, habits: Habits = USUAL
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
