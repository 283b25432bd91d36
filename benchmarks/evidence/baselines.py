"""What a model has to beat: movement maps and classifiers without one."""

import cv2
import numpy as np
from sklearn.neural_network import MLPClassifier

from benchmarks.evidence.sets import GRID, PairSet
from micron_bert.evaluation.baselines import linear
from micron_bert.evaluation.baselines.ststnet import STSTNet, with_strain
from micron_bert.labels.emotions import LABELS

TOLERANCE = 0.3  # movement, in pixels of the flow, at which a place counts as following the head
EPOCHS = 30  # of the network: as many steps as an evaluation takes on a sixth of the pairs
MOVES = 3  # classes that move come first in `LABELS`


def flow_maps(flow: np.ndarray) -> np.ndarray:
    """
    Length of what is left of optical flow without the similarity that most of it follows.

    Args:
        flow (`np.ndarray` of shape `(N, 28, 28, 2)`): in any unit of length.

    Returns:
        `np.ndarray` of shape `(N, 14, 14)`.
    """
    side = flow.shape[1]
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    points = np.stack([x, y], axis=-1).reshape(-1, 2).astype(np.float32) * 8  # places of a 112 px crop, doubled
    ones = np.column_stack([points, np.ones(len(points))])
    maps = np.zeros((len(flow), GRID, GRID), np.float32)
    for index, field in enumerate(flow):
        vectors = np.asarray(field, np.float32).reshape(-1, 2)
        matrix, _ = cv2.estimateAffinePartial2D(points, points + vectors, ransacReprojThreshold=TOLERANCE)
        head = ones @ matrix.T - points if matrix is not None else np.zeros_like(points)
        length = np.linalg.norm(vectors - head, axis=1).reshape(side, side)
        maps[index] = cv2.resize(length, (GRID, GRID), interpolation=cv2.INTER_AREA)
    return maps


def static_prior(training: PairSet) -> np.ndarray:
    """How often each place moves in training: a map `(14, 14)` that never looks at a pair."""
    return np.asarray(training.moved)[np.asarray(training.labels) < MOVES].mean(axis=0)


class FlowRidge:
    """The linear model on optical flow that evaluations have; one for all classes and one for those that move."""

    name = linear.FlowRidge.name

    def __init__(self, training: PairSet):
        labels = np.asarray(training.labels)
        moves = labels < MOVES
        self.four = linear.fit_linear(training.flow, np.eye(len(LABELS))[labels])
        self.three = linear.fit_linear(training.flow[moves], np.eye(MOVES)[labels[moves]])

    def predict(self, pairs: PairSet) -> tuple[np.ndarray, np.ndarray]:
        """Classes `(N,)` out of all, and out of those that move."""
        return self.predict_flow(pairs.flow)

    def predict_flow(self, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same from flow `(N, 28, 28, 2)`."""
        features = np.reshape(flow, (len(flow), -1))
        return tuple(model.predict(features).argmax(axis=1) for model in (self.four, self.three))


class FlowNetwork:
    """A convolutional network of the size of STSTNet on flow and its strain, on the same training pairs."""

    name = STSTNet.name

    def __init__(self, training: PairSet, epochs: int = EPOCHS):
        self.training, self.epochs = training, epochs

    def predict(self, pairs: PairSet) -> tuple[np.ndarray, np.ndarray]:
        """Classes `(N,)` out of all, and out of those that move; the network is trained here."""
        inputs = np.concatenate([with_strain(self.training.flow), with_strain(pairs.flow)])
        targets = np.eye(len(LABELS), dtype=np.float32)[np.concatenate([self.training.labels, pairs.labels])]
        known, asked = np.split(np.arange(len(inputs)), [len(self.training)])
        network = STSTNet(multi_label=False, epochs=self.epochs)
        ((scores,),) = network.fit(inputs, targets, known, [asked], seed=0, every_epoch=False)
        return scores.argmax(axis=1), scores[:, :MOVES].argmax(axis=1)


class TrueMovement:
    """
    A network on the true movement by the expression, which no picture tells: about what can be had of these pairs.

    Emotions share action units, and each pair moves in a way of its own, so even the movement does not always say
    which emotion it was drawn for.
    """

    name = "true movement by the expression, network"
    part = slice(0, 2)  # of the true displacement

    def __init__(self, training: PairSet):
        features, labels = self._features(training), np.asarray(training.labels)
        self.models = [self._fit(features, labels), self._fit(features[labels < MOVES], labels[labels < MOVES])]

    def _features(self, pairs: PairSet) -> np.ndarray:
        """Displacement relative to its largest, `(N, 2 * 14 * 14)`, and the largest; zero where nothing moved."""
        field = np.asarray(pairs.displacement)[:, self.part]
        largest = np.linalg.norm(field, axis=1).max(axis=(1, 2))[:, None]
        return np.hstack([field.reshape(len(field), -1) / np.maximum(largest, 1e-3), np.log1p(largest)])

    @staticmethod
    def _fit(features: np.ndarray, labels: np.ndarray) -> MLPClassifier:
        network = MLPClassifier((128,), alpha=1e-3, early_stopping=True, max_iter=100, random_state=0)
        return network.fit(features, labels)

    def predict(self, pairs: PairSet) -> tuple[np.ndarray, np.ndarray]:
        """Classes `(N,)` out of all, and out of those that move."""
        features = self._features(pairs)
        return tuple(model.predict(features) for model in self.models)


class TrueFlow(TrueMovement):
    """The same on all that moved, head, speech, eyes and expression together: what perfect optical flow would tell."""

    name = "all true movement, network"
    part = slice(2, 4)
