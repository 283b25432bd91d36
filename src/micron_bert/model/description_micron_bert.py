"""What moved, in words: region, side, direction, how far, how long; what it resembles, with a word for sureness."""

from typing import NamedTuple

import numpy as np

# left, right, top, bottom of each region in an aligned face, whose eyes lie at (0.3, 0.33) and (0.7, 0.33)
REGIONS = {
    "brows": ((0.1, 0.9, 0.07, 0.26),),
    "eyes": ((0.14, 0.86, 0.26, 0.41),),
    "nose": ((0.36, 0.64, 0.41, 0.64),),
    "mouth": ((0.26, 0.74, 0.64, 1.0),),
    "cheeks": ((0.05, 0.36, 0.41, 0.7), (0.64, 0.95, 0.41, 0.7)),
}
ONE_SIDED = 0.5  # a side that moved less than this share of what the other one did stood still
ONE_WAY = 0.4  # of their length, the mean of the arrows of a region that have one direction
MAIN = 2.0  # times as far along one axis as along the other: only that one is named
LEAST = 0.1  # %: a smaller movement has no direction in the description
FURTHEST = 0.9  # quantile over the region's patches for "by up to": a single patch may be noise
SURENESS = ((0.9, "closely resembles"), (0.6, "resembles"), (0.0, "faintly resembles"))


class Description(NamedTuple):
    """
    A movement between two frames.

    Attributes:
        region (`str`): where the face moved most: one of `"brows"`, `"eyes"`, `"nose"`, `"mouth"`, `"cheeks"`.
        side (`str`): `"left"` or `"right"` of the picture, or `"both"`.
        direction (`str` or `None`): such as `"up"` or `"up and outwards"`; `None` where its parts moved in several.
        percent_of_eye_distance (`float`): how far the region moved, but for its furthest tenth.
        seconds (`float` or `None`): from onset to offset; to the apex where no offset was found; `None` of pictures.
    """

    region: str
    side: str
    direction: str | None
    percent_of_eye_distance: float
    seconds: float | None = None

    def __str__(self) -> str:
        one = self.region in ("nose", "mouth")
        if self.side == "both":
            where = f"the {self.region}"
        else:
            part = self.region if one else self.region[:-1]
            where = f"the {self.side} side of the {part}" if one else f"the {part} on the {self.side}"
        how = f" {self.direction}" if self.direction else ""
        least = self.percent_of_eye_distance < LEAST
        far = f" by {f'less than {LEAST}' if least else f'up to {self.percent_of_eye_distance:.1f}'} % "
        far += "of the distance between the eyes"
        long = "" if self.seconds is None else f", within {self.seconds:.2f} s"
        return f"{where} moved{how}{far}{long}"


def describe(displacement: np.ndarray, seconds: float | None = None, region: str | None = None) -> Description:
    """
    Args:
        displacement (`np.ndarray` of shape `(2, rows, columns)`):
            x to the right and y down, in % of the inter-ocular distance, on the patch grid of an aligned face.
        seconds (`float`, *optional*): how long the movement took.
        region (`str`, *optional*): where it was, if that is known; otherwise where the mean arrow is longest.
    """
    grid = displacement.shape[1:]
    length = np.linalg.norm(displacement, axis=0)
    region = region or max(REGIONS, key=lambda name: length[_patches(name, grid)].mean())
    inside = _patches(region, grid)
    columns = np.broadcast_to(np.arange(grid[1]) + 0.5 < grid[1] / 2, grid)
    halves = {"left": inside & columns, "right": inside & ~columns}
    moved = {side: float(length[half].mean()) for side, half in halves.items()}
    weaker, stronger = sorted(moved, key=moved.get)
    side = stronger if moved[weaker] < ONE_SIDED * moved[stronger] else "both"
    shown = inside if side == "both" else halves[side]
    far = round(float(np.quantile(length[shown], FURTHEST)), 2)
    return Description(
        region,
        side,
        None if far < LEAST else _direction(displacement, {name: half & shown for name, half in halves.items()}),
        far,
        None if seconds is None else round(seconds, 3),
    )


def resemblance(label: str, share: float) -> str:
    """
    Such as `"closely resembles positive"`: never a percentage, which would sound like a measurement.

    Args:
        label (`str`): the most probable class of expressions.
        share (`float`): its probability among the expressions, in [0, 1].
    """
    return f"{next(words for least, words in SURENESS if share >= least)} {label}"


def share_of(label: str, probabilities: dict[str, float]) -> float:
    """The probability of a class among those that are expressions."""
    total = sum(value for name, value in probabilities.items() if name != "none")
    return probabilities[label] / max(total, 1e-9)


def _patches(region: str, grid: tuple[int, int]) -> np.ndarray:
    rows, columns = grid
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    boxes = REGIONS[region]
    return np.any([(x > left) & (x < right) & (y > top) & (y < bottom) for left, right, top, bottom in boxes], axis=0)


def _direction(displacement: np.ndarray, halves: dict[str, np.ndarray]) -> str | None:
    """Up or down, and outwards or inwards, or to one side where both halves go there."""
    x, y = displacement
    shown = halves["left"] | halves["right"]
    down, right = float(y[shown].mean()), float(x[shown].mean())
    out = float((np.where(halves["right"], x, -x))[shown].mean())
    sideways = abs(right) > abs(out) and halves["left"].any() and halves["right"].any()
    across = right if sideways else out
    length = float(np.linalg.norm(displacement, axis=0)[shown].mean())
    if np.hypot(down, across) < ONE_WAY * max(length, 1e-9):
        return None
    words = []
    if abs(down) * MAIN > abs(across):
        words.append("down" if down > 0 else "up")
    if abs(across) * MAIN > abs(down):
        beside = ("to the right", "to the left") if sideways else ("outwards", "inwards")
        words.append(beside[0] if across > 0 else beside[1])
    return " and ".join(words)
