"""The movement between two frames: the map that renders it, and the true displacement."""

from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.synthesis.motion.blink import Blink


@dataclass(frozen=True)
class Movement:
    """
    Everything that moved a face between an earlier and a later frame.

    The lids move first, then the head as a whole, then the skin; so the later frame comes from the earlier one by the
    inverse maps in the opposite order.

    Attributes:
        skin (`np.ndarray` of shape `(2, H, W)`): displacement field of all smooth movements, in pixels.
        head (`np.ndarray` of shape `(2, 3)`): similarity, from pixels of the earlier frame to pixels of the later one.
        blink ([`Blink`], *optional*): lids that came down.
    """

    skin: np.ndarray
    head: np.ndarray
    blink: Blink | None = None

    def sources(self, grid: np.ndarray) -> np.ndarray:
        """Where in the earlier frame the later frame's pixels come from: `(2, H, W)`, x and y."""
        points = transform_grid(cv2.invertAffineTransform(self.head), grid - self.skin)
        return points if self.blink is None else self.blink.backward(points)

    def displacement(self, grid: np.ndarray) -> np.ndarray:
        """Displacement of each pixel of the earlier frame: `(2, H, W)`."""
        points = grid if self.blink is None else self.blink.forward(grid)
        points = transform_grid(self.head, points)
        return points + forward_field(-self.skin, points) - grid


def forward_field(backward: np.ndarray, points: np.ndarray | None = None, iterations: int = 2) -> np.ndarray:
    """
    Invert a backward map: from where a later pixel comes, to where an earlier pixel goes.

    The later frame shows at `y` what the earlier one has at `y + b(y)`; what the earlier one has at `x` then goes to
    `x + u(x)` with `u(x) = -b(x + u(x))`, solved by iteration (it contracts while neighbours stay in order).

    Args:
        backward (`np.ndarray` of shape `(2, H, W)`):
            The field `b`, in pixels.
        points (`np.ndarray` of shape `(2, H, W)`, *optional*):
            Starting places x, y. Defaults to the pixels themselves.
        iterations (`int`):
            Each one gains about a digit.

    Returns:
        `np.ndarray` of shape `(2, H, W)`, float32: the field `u` at `points`.
    """
    height, width = backward.shape[1:]
    grid = pixel_grid(height, width) if points is None else points
    stacked = np.ascontiguousarray(backward.transpose(1, 2, 0))
    forward = -backward
    for _ in range(iterations):
        place = grid + forward
        moved = cv2.remap(stacked, place[0], place[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        forward = -moved.transpose(2, 0, 1)
    return np.ascontiguousarray(forward)


def pixel_grid(height: int, width: int) -> np.ndarray:
    """Coordinates x, y of all pixels: `(2, H, W)`, float32."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([x, y])


def movement_mask(expression: np.ndarray) -> np.ndarray:
    """Where an expression field moves by more than a tenth of its largest displacement, and by .02 px: `(H, W)`."""
    speed = np.sqrt(np.square(expression).sum(axis=0))
    return speed > max(0.1 * float(speed.max()), 0.02)


def area_change(field: np.ndarray) -> np.ndarray:
    """Divergence of a displacement field `(2, H, W)`: how much larger or smaller a patch of skin gets."""
    across = np.zeros_like(field[0])
    along = np.zeros_like(field[1])
    across[:, 1:-1] = (field[0, :, 2:] - field[0, :, :-2]) / 2
    along[1:-1] = (field[1, 2:] - field[1, :-2]) / 2
    return across + along


def transform_grid(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points `(2, H, W)` under a `(2, 3)` matrix, float32."""
    (a, b, c), (d, e, f) = matrix.astype(np.float32)
    x, y = points
    return np.stack([a * x + b * y + c, d * x + e * y + f])


def sample(picture: np.ndarray, matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The picture, by bicubic interpolation, at `points` `(2, H, W)` that `matrix` `(2, 3)` takes to its pixels."""
    x, y = transform_grid(matrix, points)
    return cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def patch_means(field: np.ndarray, grid: int) -> np.ndarray:
    """A field `(channels, H, W)` averaged over `grid` by `grid` patches: `(channels, grid, grid)`."""
    channels, height, width = field.shape
    blocks = field.reshape(channels, grid, height // grid, grid, width // grid)
    return blocks.mean(axis=(2, 4), dtype=np.float64).astype(np.float32)
