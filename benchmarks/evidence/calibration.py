"""Do probabilities mean what they say: reliability, expected calibration error, temperature."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.bench import Bench
from benchmarks.evidence.bootstrap import Sample, Score
from benchmarks.evidence.conditions import STANDARD
from benchmarks.evidence.table import Table
from micron_bert.errors import InputError

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """
    Confidence and accuracy in equally wide bins of the confidence.

    Attributes:
        counts, confidence, accuracy (`np.ndarray` of shape `(bins,)`): NaN in empty bins.
    """

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error: the mean distance of the two, weighted by the counts (Guo et al. 2017)."""
        gap = np.abs(self.confidence - self.accuracy)
        return float(np.nansum(self.counts * gap) / self.counts.sum())


def reliability(logits: np.ndarray, labels: np.ndarray, bins: int = BINS) -> Reliability:
    """Reliability of the winning class: logits `(N, C)`, labels `(N,)`."""
    probabilities = softmax(logits, axis=1)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = (np.bincount(place, values, bins) / counts for values in (confidence, right))
        return Reliability(counts, *means)


def log_loss(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Negative logarithm of the true class's probability: `(N,)`."""
    return -log_softmax(logits, axis=1)[np.arange(len(labels)), labels]


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature by which logits `(N, C)` have to be divided for the smallest logarithmic loss."""
    found = minimize_scalar(
        lambda logarithm: log_loss(logits / np.exp(logarithm), labels).mean(), bounds=(-3, 3), method="bounded"
    )
    return float(np.exp(found.x))


def temper_across_people(logits: np.ndarray, labels: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Logits divided by a temperature that was fitted on the other half of the people, and the two temperatures."""
    order = np.random.default_rng(0).permutation(np.unique(people))
    if len(order) < 2:
        raise InputError(
            "A temperature needs two people held out at least, got `1`; add faces, or leave that table out."
        )
    first = np.isin(people, order[: len(order) // 2])
    tempered, temperatures = logits.copy(), []
    for part in (first, ~first):
        temperatures.append(fit_temperature(logits[~part], labels[~part]))
        tempered[part] = logits[part] / temperatures[-1]
    return tempered, temperatures


def calibration_error(logits: np.ndarray, labels: np.ndarray, sample: Sample) -> Score:
    """Expected calibration error of pairs, with its interval over people."""
    probabilities = softmax(logits, axis=1)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)

    def error(part: np.ndarray, weights: np.ndarray) -> np.ndarray:
        gaps = np.zeros((sample.count, BINS))  # the mean distance times the count, person by person
        np.add.at(gaps, (sample.people[part], place[part]), confidence[part] - right[part])
        return np.abs(weights @ gaps).sum(axis=1) / (weights @ np.bincount(sample.people[part], minlength=len(gaps)))

    return sample.score(error)


def calibrate(bench: Bench, checkpoints: list[Checkpoint]) -> Table:
    """Calibration of each checkpoint, as it is and with a temperature fitted on other people."""
    pool = bench.pool(STANDARD)
    table = Table(
        "calibration",
        f"Expected calibration error ({BINS} bins) and logarithmic loss on people held out: as it is, and divided by "
        "a temperature that was fitted on the other half of them. Chance "
        "adds to the error, in the resampled people of the interval twice.",
        ["error", "error, tempered", "loss", "loss, tempered", "temperature"],
    )
    for checkpoint in checkpoints:
        logits = bench.answers(checkpoint, pool).logits.astype(np.float64)
        tempered, temperatures = temper_across_people(logits, pool.labels, pool.people)
        cells = [calibration_error(one, pool.labels, pool.sample) for one in (logits, tempered)]
        cells += [pool.sample.mean(log_loss(one, pool.labels)) for one in (logits, tempered)]
        table.rows[checkpoint.name] = [*cells, float(np.mean(temperatures))]
        curves = {"as it is": reliability(logits, pool.labels), "tempered": reliability(tempered, pool.labels)}
        table.extra.setdefault("reliability", {})[checkpoint.name] = {
            name: {kind: np.nan_to_num(values, nan=-1).tolist() for kind, values in vars(curve).items()}
            for name, curve in curves.items()
        }
    return table
