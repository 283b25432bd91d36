"""What worse pictures cost."""

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.baselines import FlowRidge, flow_maps
from benchmarks.evidence.bench import Bench
from benchmarks.evidence.conditions import ROBUSTNESS, TRAINING, TRAINING_UNREGISTERED
from benchmarks.evidence.localisation import CLEARLY, fixed_position, true_movement
from benchmarks.evidence.recognition import class_score, name_by
from benchmarks.evidence.table import Table
from micron_bert.labels.emotions import LABELS


def endure(bench: Bench, checkpoints: list[Checkpoint]) -> Table:
    """Recognition and localisation under one change at a time, on the same expressions of the same faces."""
    names = [checkpoint.name for checkpoint in checkpoints]
    table = Table(
        "robustness",
        "UF1 of four classes and AUROC at fixed position (of `micro_map`) when one thing changes: the same faces, "
        "expressions and draws in every row. Residue is what the alignment leaves before registration. Where pairs "
        "are not registered, the baseline has learned from such pairs.",
        [f"{FlowRidge.name}, UF1", *(f"{name}, UF1" for name in names),
         "flow, AUROC", *(f"{name}, AUROC" for name in names)],
    )  # fmt: skip
    for condition in ROBUSTNESS:
        pool = bench.pool(condition, max(bench.pairs // 2, 1))
        training = TRAINING if condition.registered else TRAINING_UNREGISTERED
        called = [bench.baseline(FlowRidge, pool, training)[0]]
        maps = [flow_maps(pool.flow)]
        for checkpoint in checkpoints:
            called.append(name_by(bench, checkpoint, pool).four)
            maps.append(bench.answers(checkpoint, pool).micro_map)
        truth, everything = true_movement(pool, CLEARLY), np.ones(len(pool.labels), bool)
        cells = [class_score(pool, one, len(LABELS), "uf1") for one in called]
        cells += [fixed_position(one.reshape(len(one), -1), truth, pool, everything) for one in maps]
        table.rows[condition.name] = cells
    return table
