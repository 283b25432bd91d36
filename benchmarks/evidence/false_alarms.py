"""When nothing moved: how often is a resting face called an expression, and what does that cost."""

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.baselines import FlowNetwork, FlowRidge
from benchmarks.evidence.bench import BINS, MOVES, Bench, Pool
from benchmarks.evidence.conditions import STANDARD
from benchmarks.evidence.table import Table

ALLOWED = 0.05  # false alarms


def count_false_alarms(bench: Bench, checkpoints: list[Checkpoint]) -> Table:
    """False alarms on `none` pairs and what is missed, as shipped and at five per cent false alarms."""
    pool = bench.pool(STANDARD)
    table = Table(
        "false_alarms",
        "Share of `none` pairs called an expression; share of the pairs with an expression that are noticed (called "
        "any expression); the same with the threshold moved to 5 % false alarms.",
        ["false alarms", "noticed", *(f"noticed, {a}–{b} % IOD" for a, b in BINS), "noticed at 5 % false alarms"],
    )
    table.percent = frozenset(table.columns)
    for kind in (FlowRidge, FlowNetwork):
        called = bench.baseline(kind, pool)[0] < MOVES
        table.rows[kind.name] = [*rates(pool, called), None]
    for checkpoint in checkpoints:
        logits = bench.answers(checkpoint, pool).logits
        cells = rates(pool, logits.argmax(axis=1) < MOVES)
        noticed = call_at(logits, ~pool.moves)
        table.rows[checkpoint.name] = [*cells, pool.sample.mean(noticed.astype(float), pool.moves)]
    return table


def rates(pool: Pool, called: np.ndarray) -> list:
    """False alarms, then what is noticed, all and by amplitude, of pairs that were called an expression `(N,)`."""
    choices = [~pool.moves, pool.moves, *(pool.bin(low, high) for low, high in BINS)]
    return [pool.sample.mean(called.astype(float), rows) for rows in choices]


def evidence_of(logits: np.ndarray) -> np.ndarray:
    """By how much any expression wins over `none`: `(N,)` from `(N, 4)`."""
    return logits[:, :MOVES].max(axis=1) - logits[:, MOVES]


def call_at(logits: np.ndarray, resting: np.ndarray, allowed: float = ALLOWED) -> np.ndarray:
    """Which pairs are called an expression when that share of the resting ones may be: bool `(N,)`."""
    evidence = evidence_of(logits)
    return evidence > np.quantile(evidence[resting], 1 - allowed, method="higher")
