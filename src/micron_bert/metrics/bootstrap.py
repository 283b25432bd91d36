"""Intervals of scores: people are drawn with replacement, since the clips of one face are no independent samples."""

import numpy as np

BOUNDS = (0.025, 0.975)  # of a 95 % interval


def resample(people: np.ndarray, draws: int, count: int | None = None, seed: int = 0) -> np.ndarray:
    """
    How often each person is drawn, as many draws of people as there are people.

    Args:
        people (`np.ndarray` of shape `(N,)`):
            Whom each sample shows, integers from 0.
        draws (`int`):
            Number of resamplings.
        count (`int`, *optional*):
            Number of people, also of those whom no sample shows; they are never drawn.
        seed (`int`, defaults to 0):
            Of the draws.

    Returns:
        `np.ndarray` of shape `(draws, count)`.
    """
    present = np.unique(people)
    weights = np.zeros((draws, int(present.max()) + 1 if count is None else count))
    shares = np.full(len(present), 1 / len(present))
    weights[:, present] = np.random.default_rng(seed).multinomial(len(present), shares, size=draws)
    return weights


def interval(values: np.ndarray) -> tuple[float, float]:
    """The bounds between which 95 % of the resampled scores lie; those that are not finite do not count."""
    low, high = np.quantile(values[np.isfinite(values)], BOUNDS)
    return float(low), float(high)


def confusions_by_person(
    labels: np.ndarray, predictions: np.ndarray, people: np.ndarray, classes: int, count: int
) -> np.ndarray:
    """
    How often each class was taken for each other, person by person.

    Args:
        labels, predictions, people (`np.ndarray` of shape `(N,)`):
            Class indices, and whom each sample shows.
        classes, count (`int`):
            Number of classes and of people.

    Returns:
        `np.ndarray` of shape `(count, classes, classes)`: `weights @` it are the confusions of each draw.
    """
    flat = (np.asarray(people, np.int64) * classes + labels) * classes + predictions
    return np.bincount(flat, minlength=count * classes**2).reshape(count, classes, classes)


def class_scores(weights: np.ndarray, confusions: np.ndarray) -> dict[str, np.ndarray]:
    """
    UF1, UAR and accuracy of every draw. (scikit-learn scores one draw at a time, here there are thousands.)

    Args:
        weights (`np.ndarray` of shape `(draws, people)`):
            What [`resample`] gave.
        confusions (`np.ndarray` of shape `(people, classes, classes)`):
            What [`confusions_by_person`] gave.

    Returns:
        `dict`: `uf1`, `uar`, `accuracy`, each of shape `(draws,)`; as [`~micron_bert.metrics.unweighted_f1`] and the
        others define them.
    """
    drawn = np.tensordot(weights, confusions, axes=1)  # (draws, classes, classes)
    hits, present = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=2)
    return {
        "uf1": ratio(2 * hits, present + drawn.sum(axis=1)).mean(axis=1),
        "uar": ratio(hits, present).mean(axis=1),
        "accuracy": ratio(hits.sum(axis=1), present.sum(axis=1)),
    }


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """`part / whole`, and 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
