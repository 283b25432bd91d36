"""Where did it move: maps against the true movement."""

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.auroc import FixedPositions, pair_auroc
from benchmarks.evidence.baselines import flow_maps, static_prior
from benchmarks.evidence.bench import BINS, Bench, Pool
from benchmarks.evidence.bootstrap import Score
from benchmarks.evidence.conditions import STANDARD, STILL
from benchmarks.evidence.table import Table
from micron_bert.faces.alignment import EYE_DISTANCE

CLEARLY, FAINTLY = 1 / 3, 1 / 10  # of the expression's largest displacement: from there on a place has moved
LEAST = 0.02  # pixels of a 112 px crop: below, nothing has


def localise(bench: Bench, checkpoints: list[Checkpoint]) -> list[Table]:
    """Both scores with nuisance and without, one table each."""
    return [tabulate(bench, checkpoints, condition) for condition in (STANDARD, STILL)]


def tabulate(bench: Bench, checkpoints: list[Checkpoint], condition) -> Table:
    """Fixed-position AUROC, all and by amplitude, and the AUROC within pairs."""
    pool = bench.pool(condition)
    named = condition is STANDARD
    table = Table(
        "localisation" if named else "localisation_without_nuisance",
        "Where the face moved, "
        + ("with all nuisances. " if named else "when nothing but the expression moves and there is no noise. ")
        + "AUROC at fixed position: across pairs, at each of 14 x 14 places, where the expression moved the place "
        "against where it did not (.5 for a map that never looks); resting faces are among the latter, unless it "
        "says moving faces only. A place has moved by a third of the expression's largest displacement, or by a "
        "tenth. Within pairs: across the places of one pair, which a map that never looks can win.",
        [
            "fixed position",
            *(f"{low}–{high} % IOD" for low, high in BINS),
            "a tenth",
            "moving faces only",
            "within pairs",
        ],
    )
    for name, maps in candidate_maps(bench, checkpoints, pool).items():
        table.rows[name] = score_maps(maps, pool)
    return table


def candidate_maps(bench: Bench, checkpoints: list[Checkpoint], pool: Pool) -> dict[str, np.ndarray]:
    """Maps `(N, 14, 14)` by name."""
    maps = {}
    for checkpoint in checkpoints:
        answers = bench.answers(checkpoint, pool)
        maps[f"{checkpoint.name}: `micro_map`"] = answers.micro_map
        maps[f"{checkpoint.name}: 1 − diag(A)"] = answers.unlike
        maps[f"{checkpoint.name}: token difference"] = answers.token_change
    maps["optical flow, similarity removed"] = flow_maps(pool.flow)
    maps["frame difference"] = pool.difference
    priors = [static_prior(bench.training(seed)) for seed in range(bench.seeds)]
    maps["static prior"] = np.stack([priors[seed] for seed in pool.sample.seeds])
    return maps


def score_maps(maps: np.ndarray, pool: Pool) -> list[Score]:
    """The scores of a row."""
    scores, clearly = maps.reshape(len(maps), -1), true_movement(pool, CLEARLY)
    everything = np.ones(len(maps), bool)
    choices = [everything, *(pool.bin(low, high) | ~pool.moves for low, high in BINS)]
    return [
        *(fixed_position(scores, clearly, pool, rows) for rows in choices),
        fixed_position(scores, true_movement(pool, FAINTLY), pool, everything),
        fixed_position(scores, clearly, pool, pool.moves),
        pool.sample.mean(pair_auroc(scores, clearly), pool.moves),
    ]


def true_movement(pool: Pool, share: float) -> np.ndarray:
    """Which places the expression moved by a share of its largest displacement: bool, `(N, 196)`."""
    length = np.linalg.norm(pool.displacement[:, :2], axis=1).reshape(len(pool.labels), -1)
    largest = 0.01 * pool.amplitude * EYE_DISTANCE * pool.size
    return length > np.maximum(share * largest, LEAST * pool.size / 112)[:, None]


def fixed_position(scores: np.ndarray, truth: np.ndarray, pool: Pool, rows: np.ndarray) -> Score:
    """AUROC at fixed position over some of the pairs."""
    sample = pool.sample

    def area(part: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return FixedPositions(scores[part], truth[part], sample.people[part], sample.count).auroc(weights)

    return sample.score(area, rows)
