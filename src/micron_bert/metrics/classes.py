"""The field's scores of classes, by scikit-learn: every class counts, also one that does not occur."""

import numpy as np
from sklearn import metrics

from micron_bert.errors import InputError


def confusion_matrix(labels, predictions, num_classes: int | None = None) -> np.ndarray:
    """
    How often each class was taken for each other.

    Args:
        labels, predictions (`np.ndarray` of shape `(N,)`):
            Class indices from 0.
        num_classes (`int`, *optional*):
            Number of classes; one more than the largest index when left out.

    Returns:
        `np.ndarray` of shape `(num_classes, num_classes)`: rows are the true classes, columns the predicted ones.

    Raises:
        InputError: nothing to score, unequal lengths, or an index outside the classes.
    """
    labels, predictions, classes = _check(labels, predictions, num_classes)
    return metrics.confusion_matrix(labels, predictions, labels=classes)


def f1_per_class(labels, predictions, num_classes: int | None = None) -> np.ndarray:
    """2TP / (2TP + FP + FN) of each class, 0 for a class that neither occurs nor was predicted."""
    labels, predictions, classes = _check(labels, predictions, num_classes)
    return metrics.f1_score(labels, predictions, labels=classes, average=None, zero_division=0)


def unweighted_f1(labels, predictions, num_classes: int | None = None) -> float:
    """
    UF1, the mean of the classes' F1 (MEGC 2019): pool the predictions of all folds first, then score once.

    The mean is over all classes. One that neither occurs nor was predicted counts as 0, so leave a class out of
    `num_classes` rather than score a set that cannot have it. Arguments as for [`confusion_matrix`].
    """
    return float(f1_per_class(labels, predictions, num_classes).mean())


def recall_per_class(labels, predictions, num_classes: int | None = None) -> np.ndarray:
    """TP / n of each class, 0 for a class that does not occur."""
    labels, predictions, classes = _check(labels, predictions, num_classes)
    return metrics.recall_score(labels, predictions, labels=classes, average=None, zero_division=0)


def unweighted_average_recall(labels, predictions, num_classes: int | None = None) -> float:
    """UAR, the mean of the classes' recall (MEGC 2019); a class that does not occur counts as 0."""
    return float(recall_per_class(labels, predictions, num_classes).mean())


def accuracy(labels, predictions) -> float:
    """Share of samples whose class was named."""
    labels, predictions, _ = _check(labels, predictions, None)
    return float(metrics.accuracy_score(labels, predictions))


def weighted_f1(labels, predictions, num_classes: int | None = None) -> float:
    """Mean of the classes' F1, each weighted by how often the class occurs."""
    labels, predictions, classes = _check(labels, predictions, num_classes)
    return float(metrics.f1_score(labels, predictions, labels=classes, average="weighted", zero_division=0))


def _check(labels, predictions, num_classes: int | None) -> tuple[np.ndarray, np.ndarray, range]:
    """Both as arrays, and all classes; scikit-learn would pass over an index outside of them."""
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    if labels.ndim != 1 or labels.shape != predictions.shape or not len(labels):
        raise InputError(
            "`labels` and `predictions` must be two equally long, not empty lists of class indices, "
            f"got the shapes {labels.shape} and {predictions.shape}."
        )
    if not (np.issubdtype(labels.dtype, np.integer) and np.issubdtype(predictions.dtype, np.integer)):
        raise InputError(f"Class indices must be integers, got `{labels.dtype}` and `{predictions.dtype}`.")
    largest = int(max(labels.max(), predictions.max()))
    num_classes = largest + 1 if num_classes is None else num_classes
    if min(labels.min(), predictions.min()) < 0 or largest >= num_classes:
        raise InputError(f"Class indices must lie in 0..{num_classes - 1}, got up to `{largest}`.")
    return labels, predictions, range(num_classes)
