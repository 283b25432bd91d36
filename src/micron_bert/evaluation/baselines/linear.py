"""The methods that a model has to beat, on the same folds: majority, optical flow, and LBP-TOP with a linear model."""

from collections.abc import Sequence

import cv2
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FLOW_GRID = 28
COMPONENTS, ALPHA = 200, 300.0  # principal components, and the penalty of the ridge regression
BLOCKS = 5  # LBP-TOP is taken in 5 x 5 blocks of the face
LBP_LATER_FRAMES = 9  # later frames for LBP-TOP where `clip_frames` does not say


def optical_flow(onset: np.ndarray, apex: np.ndarray) -> np.ndarray:
    """DIS flow of the frames at twice their size, less its median, on a grid: `(28, 28, 2)`, float32."""
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    onset, apex = (
        cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        for frame in (onset, apex)
    )
    field = cv2.resize(flow.calc(onset, apex, None), (FLOW_GRID, FLOW_GRID), interpolation=cv2.INTER_AREA)
    return field - np.median(field, axis=(0, 1))


def lbp_top(frames: Sequence[np.ndarray]) -> np.ndarray:
    """
    Local binary patterns on three orthogonal planes (Zhao and Pietikäinen 2007): uniform, 8 neighbours at radius 1.

    Args:
        frames (`Sequence[np.ndarray]`):
            `T` frames of shape `(S, S, 3)`, three at least.

    Returns:
        `np.ndarray` of shape `(5 * 5 * 3 * 59,)`: for each block and plane (XY, XT, YT) the histogram of its patterns.
    """
    try:
        from skimage.feature import local_binary_pattern
    except ImportError as error:
        raise ImportError("LBP-TOP needs scikit-image: `pip install scikit-image`.") from error
    volume = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])  # (T, S, S)
    edges = np.linspace(0, volume.shape[1], BLOCKS + 1).astype(int)
    histograms = []
    for axis in range(3):  # what stays fixed: time, then y, then x
        planes = np.moveaxis(volume, axis, 0)
        codes = np.stack([local_binary_pattern(plane, 8, 1, method="nri_uniform") for plane in planes])
        codes = np.moveaxis(codes, 0, axis).astype(np.int64)
        inside = codes[1:-1]  # the first and the last frame have no neighbour in time
        for top, bottom in zip(edges, edges[1:], strict=False):
            for left, right in zip(edges, edges[1:], strict=False):
                counts = np.bincount(inside[:, top:bottom, left:right].ravel(), minlength=59)
                histograms.append(counts / counts.sum())
    return np.concatenate(histograms).astype(np.float32)


class Majority:
    """The most frequent class of the training part; of action units, those that half of its clips show."""

    name, later_frames = "majority", 0

    def describe(self, frames: list[np.ndarray]) -> np.ndarray:
        return np.zeros(1, np.float32)

    def fit(self, inputs, targets, train, eval_rows, seed, every_epoch) -> list[list[np.ndarray]]:
        shares = targets[train].mean(axis=0) - 0.5
        return [[np.tile(shares, (len(rows), 1)) for rows in eval_rows]]


def fit_linear(features: np.ndarray, targets: np.ndarray):
    """
    Principal components, each to unit variance, and ridge regression on -1 and 1.

    Args:
        features (`np.ndarray` of shape `(N, ...)`):
            What is learned from.
        targets (`np.ndarray` of shape `(N, labels)`):
            0 and 1.

    Returns:
        `sklearn.pipeline.Pipeline`: its `predict` takes features `(M, D)` and gives scores `(M, labels)`.
    """
    features = np.asarray(features, np.float64).reshape(len(features), -1)
    components = min(COMPONENTS, len(features) - 1, features.shape[1])
    model = make_pipeline(PCA(components, svd_solver="full"), StandardScaler(), Ridge(ALPHA))
    return model.fit(features, 2 * np.asarray(targets, np.float64) - 1)


class Linear:
    """[`fit_linear`] on what a subclass sees in a clip."""

    later_frames = 0

    def fit(self, inputs, targets, train, eval_rows, seed, every_epoch) -> list[list[np.ndarray]]:
        features = np.asarray(inputs, np.float64).reshape(len(inputs), -1)
        model = fit_linear(features[train], targets[train])
        return [[model.predict(features[rows]) for rows in eval_rows]]


class FlowRidge(Linear):
    """A linear model on the optical flow from onset to apex."""

    name = "DIS flow + PCA + ridge"

    def describe(self, frames: list[np.ndarray]) -> np.ndarray:
        return optical_flow(*frames)


class LbpTop(Linear):
    """
    A linear model on LBP-TOP.

    Args:
        later_frames (`int`):
            Frames after the onset, evenly up to the offset, that stand for the clip; 0 for nine.
    """

    name = "LBP-TOP + PCA + ridge"

    def __init__(self, later_frames: int = 0):
        self.later_frames = max(later_frames, 2) if later_frames else LBP_LATER_FRAMES

    def describe(self, frames: list[np.ndarray]) -> np.ndarray:
        return lbp_top(frames)
