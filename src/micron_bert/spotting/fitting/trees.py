"""Randomised trees, grown and laid out as plain arrays."""

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

FOREST = {"n_estimators": 150, "min_samples_leaf": 4, "max_leaf_nodes": 128, "random_state": 0}
EXTENTS = {"n_estimators": 80, "min_samples_leaf": 4, "max_leaf_nodes": 96, "random_state": 0}


def grow_forest(features: np.ndarray, labels: np.ndarray) -> ExtraTreesClassifier:
    """Trees that vote whether candidates with features `(N, F)` are expressions; labels `(N,)` are 0 or 1."""
    return ExtraTreesClassifier(class_weight="balanced", **FOREST).fit(features, labels)


def grow_extents(features: np.ndarray, corrections: np.ndarray) -> ExtraTreesRegressor:
    """Trees that say what onset and offset have to be moved by, `(N, 2)`, as shares of the candidate's length."""
    return ExtraTreesRegressor(**EXTENTS).fit(features, corrections)


def arrays_of(forest: ExtraTreesClassifier | ExtraTreesRegressor) -> dict[str, np.ndarray]:
    """The trees side by side, in arrays as long as the longest, as [`Trees`] takes them."""
    each = [estimator.tree_ for estimator in forest.estimators_]
    shape = len(each), max(tree.node_count for tree in each)
    arrays = {name: np.zeros(shape, np.int16) for name in ("feature", "left", "right")}
    outputs = 1 if isinstance(forest, ExtraTreesClassifier) else each[0].value.shape[1]
    arrays |= {"threshold": np.zeros(shape, np.float32), "value": np.zeros((*shape, outputs), np.float16)}
    for row, tree in enumerate(each):
        leaf, count = tree.children_left < 0, tree.node_count
        own = np.arange(count)
        arrays["feature"][row, :count] = np.where(leaf, 0, tree.feature)
        arrays["threshold"][row, :count] = np.where(leaf, 0, tree.threshold)
        arrays["left"][row, :count] = np.where(leaf, own, tree.children_left)
        arrays["right"][row, :count] = np.where(leaf, own, tree.children_right)
        if isinstance(forest, ExtraTreesClassifier):
            value = tree.value[:, 0, 1:] / tree.value[:, 0].sum(axis=1, keepdims=True)
        else:
            value = tree.value[:, :, 0]
        arrays["value"][row, :count] = value
    return {**arrays, "depth": np.array(max(tree.max_depth for tree in each))}
