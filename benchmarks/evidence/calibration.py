"""Do probabilities mean what they say: reliability, expected calibration error, temperature."""

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.bench import Bench
from benchmarks.evidence.bootstrap import Sample, Score
from benchmarks.evidence.conditions import STANDARD
from benchmarks.evidence.table import Table
from micron_bert.errors import InputError
from micron_bert.metrics.calibration import BINS, expected_calibration_error, fit_temperature, log_loss, reliability


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

    def error(part: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return expected_calibration_error(logits[part], labels[part], weights[:, sample.people[part]])

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
