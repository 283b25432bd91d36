"""Registration of aligned faces to each other: what the head and the light do goes, the expression stays."""

import math
import threading
from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.alignment import compose, similarity_matrix
from micron_bert.faces.spline import SplineImage
from micron_bert.video.picture import as_rgb

GRID = 14  # blocks along a side whose movement is judged together
BLUR, BACKGROUND = 0.7, 3.0  # standard deviations of the band-pass filter, in pixels of a 112 px crop
# movement (same pixels) at which a block's weight has fallen to a quarter: wide at first, or the result would depend
# on where the fit began
TOLERANCES = (0.4, 0.2, 0.1, 0.05)
SETTLED = 0.002  # change of the fit (same pixels) below which the weights are settled
ROUGH, MOST = 2, 30  # fits at most: at first, and on the frame that was moved by the first
FLOW_TOLERANCE = 0.08  # for the first estimate from optical flow
TEXTURE = 4.0  # mean squared gradient of a block that could as well be noise
MAX_SHIFT, MAX_ROTATION, MAX_SCALING = 0.1, 0.15, 0.1  # of the side, radians, relative: beyond is a wrong estimate
STILL_SHARE = 0.2  # of the texture has to keep still within the tolerance, or the tolerance grows
MIN_POWER = 0.05  # of the filtered grey levels, mean square: less is a blank picture
SAME_FACE = 0.6  # correlation after registration: two persons reach 0.5 at most, a face and itself 0.9
MIN_CORRELATION = 0.4  # with less there is nothing to register on; between this and `SAME_FACE` two people can lie

EYE = np.eye(4)

_flows = threading.local()


@dataclass(frozen=True)
class Registration:
    """
    A frame brought onto a reference frame.

    Attributes:
        frame (`np.ndarray` of shape `(S, S, 3)`): RGB, uint8; moved back and with the brightness of the reference.
        matrix (`np.ndarray` of shape `(2, 3)`): similarity from pixels of the frame to pixels of the reference.
        gain (`float`), offset (`float`): `gain * frame + offset` has the brightness of the reference (grey levels).
        correlation (`float`): of the fine texture of the registered frame with that of the reference, at most 1.
        ok (`bool`):
            `False` when there was nothing to register on; then the frame is as it was and the matrix the identity.
    """

    frame: np.ndarray
    matrix: np.ndarray
    gain: float
    offset: float
    correlation: float
    ok: bool


def register(frame: np.ndarray, reference: np.ndarray) -> Registration:
    """
    Register one aligned face to another, see [`Registrar`].

    Args:
        frame (`np.ndarray` of shape `(S, S, 3)`):
            RGB, uint8; grey pictures are understood too.
        reference (`np.ndarray` of shape `(S, S, 3)`):
            The frame that stays, as a rule the onset.

    Returns:
        [`Registration`]

    Raises:
        [`InputError`]: the two differ in size.
    """
    return Registrar(reference).register(frame)


class Registrar:
    """
    Registers frames to one reference frame by a similarity, a gain and an offset.

    A first estimate comes from dense optical flow (DIS, arXiv 1603.03590) by RANSAC. It is refined on band-pass
    filtered grey levels by Gauss-Newton steps over a grid of blocks: each block says by how much it still moves, and a
    block that moves otherwise than the head, because an expression moves it, loses its weight (Geman and McClure). So
    the head's movement is fitted to the parts of the face that keep still, and the expression is not absorbed.

    The result is a function of the two frames alone, bit by bit, whatever ran before and in whichever thread.

    Args:
        reference (`np.ndarray` of shape `(S, S, 3)`):
            RGB, uint8; grey pictures are understood too.
    """

    def __init__(self, reference: np.ndarray):
        reference = as_rgb(reference)
        if reference.shape[0] != reference.shape[1] or reference.shape[0] < 2 * GRID:
            raise InputError(
                f"A reference frame of shape `{reference.shape}` cannot be registered to; "
                f"pass a square face crop of at least {2 * GRID} pixels."
            )
        self.size = len(reference)
        self.unit = self.size / 112
        self.grey = cv2.cvtColor(reference, cv2.COLOR_RGB2GRAY)
        self.double = _doubled(self.grey)
        self.smooth = self._smooth(self.grey)
        self.band = self._remove_background(self.smooth)
        centres = (np.arange(GRID) + 0.5) * self.size / GRID - self.size / 2
        x, y = np.meshgrid(centres, centres)
        jacobian = np.zeros((GRID * GRID, 2, 4))  # of a block's movement with respect to shift x, y, scaling, rotation
        jacobian[:, 0, 0] = jacobian[:, 1, 1] = 1
        jacobian[:, 0, 2], jacobian[:, 1, 2] = x.ravel(), y.ravel()
        jacobian[:, 0, 3], jacobian[:, 1, 3] = -y.ravel(), x.ravel()
        self.jacobian = jacobian
        self.transposed = np.ascontiguousarray(jacobian.transpose(0, 2, 1))

    def register(self, frame: np.ndarray) -> Registration:
        """Bring one frame, of the size of the reference, onto the reference."""
        frame = as_rgb(frame)
        if frame.shape[:2] != self.grey.shape:
            raise InputError(
                f"A frame of `{frame.shape[1]}x{frame.shape[0]}` pixels cannot be registered to one of "
                f"`{self.size}x{self.size}`; align both to one size."
            )
        unregistered = Registration(frame, np.eye(2, 3), 1.0, 0.0, 0.0, False)
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        matrix = self._estimate_from_flow(grey)
        if not self._plausible(matrix):
            return unregistered
        spline = SplineImage(self._smooth(grey))
        for most in (ROUGH, MOST):
            step, weights, correlation = self._refine(spline.warp(matrix), most)
            matrix = compose(step, matrix)
        if correlation < MIN_CORRELATION or not self._plausible(matrix):
            return unregistered
        warped = SplineImage(frame).warp(matrix)
        gain, offset = self._fit_brightness(warped, weights)
        moved = np.clip(np.rint(gain * warped + offset), 0, 255).astype(np.uint8)
        return Registration(moved, matrix, gain, offset, correlation, True)

    def _estimate_from_flow(self, grey: np.ndarray) -> np.ndarray | None:
        """The similarity that most of the optical flow follows, from the frame to the reference."""
        # it keeps scales that it chose for small pictures, so each size has its own
        flows = _flows.__dict__.setdefault("by_size", {})
        if self.size not in flows:
            flows[self.size] = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        flow = flows[self.size].calc(self.double, _doubled(grey), None)
        flow = cv2.resize(flow, (2 * GRID, 2 * GRID), interpolation=cv2.INTER_AREA) / 2
        centres = (np.arange(2 * GRID) + 0.5) * self.size / (2 * GRID) - 0.5
        target = np.stack(np.meshgrid(centres, centres), axis=-1)
        matrix, _ = cv2.estimateAffinePartial2D(
            (target + flow).reshape(-1, 2),
            target.reshape(-1, 2),
            method=cv2.RANSAC,
            ransacReprojThreshold=FLOW_TOLERANCE * self.unit,
        )
        return matrix

    def _refine(self, warped: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, float]:
        """
        The movement of the head that remains after the first correction.

        It is fitted until the weights of the blocks are settled, at most so many times. Returns the similarity to
        apply, the weights and the correlation of the two frames.
        """
        band = self._remove_background(warped)
        power, own_power = float((band * band).sum()), float((self.band * self.band).sum())
        product = float((band * self.band).sum())
        correlation = product / max(math.sqrt(power * own_power), MIN_POWER * band.size)
        reference = self.band * (product / max(own_power, 1e-6))
        mean = (band + reference) / 2
        dx = cv2.Sobel(mean, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
        dy = cv2.Sobel(mean, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
        difference = band - reference
        xx, xy, yy = self._blocks(dx * dx), self._blocks(dx * dy), self._blocks(dy * dy)
        pull = np.stack([self._blocks(dx * difference), self._blocks(dy * difference)], axis=-1)  # (blocks, 2)
        tensor = np.stack([xx, xy, xy, yy], axis=-1).reshape(-1, 2, 2)
        inverse = _inverted(tensor, TEXTURE / self.unit**2)
        pulled = tensor @ self.jacobian  # (blocks, 2, 4)
        normal = (self.transposed @ pulled).reshape(-1, 16)  # (blocks, 4 times 4)
        right = (self.transposed @ pull[..., None])[..., 0]  # (blocks, 4)
        moved = (inverse @ pull[..., None]).ravel()  # (2 blocks,)
        carried = (inverse @ pulled).reshape(-1, 4)  # how the parameters take part of a block's movement away
        texture, still = xx + yy, STILL_SHARE * (xx + yy).sum()
        parameters, sides = np.zeros(4), np.array([1, 1, self.size / 2, self.size / 2])
        for number in range(most):
            tolerance = TOLERANCES[min(number, len(TOLERANCES) - 1)] * self.unit
            left = moved - carried @ parameters
            movement = (left * left).reshape(-1, 2).sum(axis=1)  # squares, as the next
            # a head that turns moves otherwise than by a similarity: without this one block or another would win
            tolerance = max(tolerance * tolerance, _quantile(movement, texture, still))
            weights = 1 / (1 + movement / tolerance) ** 2
            system = (weights @ normal).reshape(4, 4)
            system += (1e-6 * system.trace() + 1e-9) * EYE
            before, parameters = parameters, np.linalg.solve(system, weights @ right)
            settled = np.abs((parameters - before) * sides).max() < SETTLED * self.unit
            if settled and number >= len(TOLERANCES) - 1:
                break
        x, y, scaling, rotation = parameters
        centre = (self.size - 1) / 2 * (1 + 1j)
        # the frame shows the reference moved by -(x, y): see the sign of `difference`
        factor = 1 + complex(scaling, rotation)
        step = similarity_matrix(factor, centre - factor * centre + complex(x, y))
        return step, weights.reshape(GRID, GRID), correlation

    def _fit_brightness(self, warped: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
        """Gain and offset from the frame to the reference, on the pixels of the blocks that keep still."""
        grey = self._smooth(cv2.cvtColor(warped, cv2.COLOR_RGB2GRAY))
        weights = cv2.resize(weights, (self.size, self.size), interpolation=cv2.INTER_NEAREST)
        weights = weights / weights.sum()
        mean, target = (weights * grey).sum(), (weights * self.smooth).sum()
        variance = (weights * (grey - mean) ** 2).sum()
        covariance = (weights * (grey - mean) * (self.smooth - target)).sum()
        gain = float(np.clip(covariance / max(variance, 1e-6), 0.5, 2.0))
        return gain, float(target - gain * mean)

    def _plausible(self, matrix: np.ndarray | None) -> bool:
        if matrix is None:
            return False
        (a, b, x), (c, d, y) = matrix.tolist()  # no comparison below holds for what is not finite
        centre = (self.size - 1) / 2
        return (
            math.hypot((a + b - 1) * centre + x, (c + d - 1) * centre + y) <= MAX_SHIFT * self.size
            and abs(math.atan2(c, a)) <= MAX_ROTATION
            and abs(math.hypot(a, c) - 1) <= MAX_SCALING
        )

    def _smooth(self, grey: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(grey.astype(np.float32), (0, 0), BLUR * self.unit)

    def _remove_background(self, smooth: np.ndarray) -> np.ndarray:
        return smooth - cv2.GaussianBlur(smooth, (0, 0), BACKGROUND * self.unit)

    @staticmethod
    def _blocks(image: np.ndarray) -> np.ndarray:
        """Mean over each block: `(blocks,)`."""
        return cv2.resize(image, (GRID, GRID), interpolation=cv2.INTER_AREA).ravel().astype(np.float64)


def _doubled(grey: np.ndarray) -> np.ndarray:
    return cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def _inverted(tensors: np.ndarray, more: float) -> np.ndarray:
    """Inverses of symmetric `(blocks, 2, 2)` with a little more on their diagonals."""
    xx, xy, yy = tensors[:, 0, 0] + more, tensors[:, 0, 1], tensors[:, 1, 1] + more
    inverse = np.stack([yy, -xy, -xy, xx], axis=-1) / (xx * yy - xy * xy)[:, None]
    return inverse.reshape(-1, 2, 2)


def _quantile(values: np.ndarray, weights: np.ndarray, weight: float) -> float:
    """The smallest value that, with all smaller ones, has such a weight."""
    order = values.argsort()
    return float(values[order[weights[order].cumsum().searchsorted(weight)]])
