"""What was it: classes of held-out people."""

from dataclasses import dataclass

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.baselines import FlowNetwork, FlowRidge, TrueFlow, TrueMovement
from benchmarks.evidence.bench import BINS, MOVES, Bench, Pool
from benchmarks.evidence.bootstrap import Score, weighted_mean
from benchmarks.evidence.conditions import KNOWN, STANDARD
from benchmarks.evidence.table import Table
from micron_bert.labels.emotions import LABELS
from micron_bert.metrics.bootstrap import class_scores, confusions_by_person

FAINT = BINS[0]


@dataclass(frozen=True)
class Named:
    """Classes that a method names: out of all and out of those that move, two arrays `(N,)`."""

    four: np.ndarray
    three: np.ndarray


def recognise(bench: Bench, checkpoints: list[Checkpoint]) -> list[Table]:
    """Recognition on the standard pairs; where groups of people are known, also by group."""
    pool = bench.pool(STANDARD)
    table = Table(
        "recognition",
        "UF1 (and UAR) on people held out: four classes with `none`, three classes of the pairs with an expression "
        "(`none` left out of the choice), and these by amplitude. Errors: of three classes below .6 % IOD, as a "
        "multiple of the first baseline's.",
        ["four, UF1", "four, UAR", "three, UF1", "three, UAR", *(f"{a}–{b} % IOD, UF1" for a, b in BINS), "errors"],
    )
    methods = name_all(bench, checkpoints, pool)
    reference = next(iter(methods.values()))
    methods |= {kind.name: Named(*bench.baseline(kind, pool)) for kind in (TrueFlow, TrueMovement)}
    for name, named in methods.items():
        cells = [class_score(pool, named.four, len(LABELS), score) for score in ("uf1", "uar")]
        cells += [class_score(pool, named.three, MOVES, score, pool.moves) for score in ("uf1", "uar")]
        cells += [class_score(pool, named.three, MOVES, "uf1", pool.bin(*bounds)) for bounds in BINS]
        table.rows[name] = [*cells, error_ratio(pool, named, reference)]
    return [table] if not bench.faces.known else [table, by_group(bench, checkpoints)]


def name_all(bench: Bench, checkpoints: list[Checkpoint], pool: Pool) -> dict[str, Named]:
    """What each baseline and each checkpoint names."""
    methods = {kind.name: Named(*bench.baseline(kind, pool)) for kind in (FlowRidge, FlowNetwork)}
    for checkpoint in checkpoints:
        methods[checkpoint.name] = name_by(bench, checkpoint, pool)
    return methods


def name_by(bench: Bench, checkpoint: Checkpoint, pool: Pool) -> Named:
    """What a checkpoint names."""
    logits = bench.answers(checkpoint, pool).logits
    return Named(logits.argmax(axis=1), logits[:, :MOVES].argmax(axis=1))


def by_group(bench: Bench, checkpoints: list[Checkpoint]) -> Table:
    """The same for the groups that held-out people are known to belong to."""
    pool = bench.pool(KNOWN)
    table = Table(
        "groups",
        "UF1 of four classes by age, sex and ethnicity of the person, on pairs of the "
        f"{bench.faces.count(bench.faces.known)} people held out of whom they are known (number of people in the "
        "group). So few people tell large differences only.",
        [],
    )
    methods = name_all(bench, checkpoints, pool)
    members: dict[str, set[int]] = {}
    for index, name in enumerate(bench.faces.people):
        for kind, group in bench.faces.groups.get(name, {}).items():
            members.setdefault(f"{kind}: {group}", set()).add(index)
    shown = set(pool.people.tolist())
    groups = {name: people & shown for name, people in sorted(members.items()) if people & shown}
    table.columns = [f"{name} ({len(people)})" for name, people in groups.items()]
    for name, named in methods.items():
        table.rows[name] = [
            class_score(pool, named.four, len(LABELS), "uf1", np.isin(pool.people, list(people)))
            for people in groups.values()
        ]
    return table


def class_score(
    pool: Pool, predictions: np.ndarray, classes: int, score: str, rows: np.ndarray | None = None
) -> Score:
    """`"uf1"` or `"uar"` of predictions `(N,)` on some of the pairs."""
    sample = pool.sample

    def of_people(part: np.ndarray, weights: np.ndarray) -> np.ndarray:
        shown = pool.labels[part], predictions[part], sample.people[part]
        return class_scores(weights, confusions_by_person(*shown, classes, sample.count))[score]

    return sample.score(of_people, rows)


def error_ratio(pool: Pool, named: Named, reference: Named) -> Score:
    """Errors of three classes at the faintest movements, over those of a reference."""
    wrong, too = (np.asarray(one.three != pool.labels, float) for one in (named, reference))

    def ratio(part: np.ndarray, weights: np.ndarray) -> np.ndarray:
        own, other = (weighted_mean(values[part], pool.sample.people[part], weights) for values in (wrong, too))
        return np.divide(own, other, out=np.full(len(own), np.nan), where=other > 0)

    return pool.sample.score(ratio, pool.bin(*FAINT))
