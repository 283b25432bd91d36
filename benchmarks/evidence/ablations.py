"""Runs beside each other: what each choice gives, by the same scores."""

import json
import re
from pathlib import Path

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.bench import BINS, MOVES, Bench, Pool
from benchmarks.evidence.bootstrap import Sample
from benchmarks.evidence.conditions import STANDARD
from benchmarks.evidence.localisation import CLEARLY, fixed_position, true_movement
from benchmarks.evidence.recognition import class_score
from benchmarks.evidence.table import Table
from micron_bert.errors import InputError
from micron_bert.labels.emotions import LABELS

DESCRIPTION = "metrics.json"  # may hold "name" (runs of one name differ by seed) and "note"


def compare_runs(bench: Bench, folder: Path, threads: int = 1) -> Table:
    """One row for all runs of a name, mean and standard deviation over them."""
    pool = bench.pool(STANDARD)
    table = Table(
        "ablations",
        "Runs that differ in one choice. Four and three classes, and three classes below .6 % IOD: UF1. AUROC at "
        "fixed position. Mean ± standard deviation over the runs of a name and the seeds of the pairs.",
        ["runs", "four", "three", f"three, {BINS[0][0]}–{BINS[0][1]} % IOD", "`none` called an expression",
         "`micro_map`", "1 − diag(A)", "note"],
        percent=frozenset({"`none` called an expression"}),
    )  # fmt: skip
    for name, runs in find_runs(folder).items():
        checkpoints = [Checkpoint(str(run), bench.faces.portraits[0].size, threads, name) for run in runs]
        answers = [bench.answers(checkpoint, pool) for checkpoint in checkpoints]
        logits, maps, unlike = (
            np.concatenate([getattr(one, kind) for one in answers]) for kind in ("logits", "micro_map", "unlike")
        )
        all_runs = repeat(pool, len(runs))
        three = logits[:, :MOVES].argmax(axis=1)
        truth, everything = true_movement(all_runs, CLEARLY), np.ones(len(logits), bool)
        table.rows[name] = [
            len(runs),
            class_score(all_runs, logits.argmax(axis=1), len(LABELS), "uf1"),
            class_score(all_runs, three, MOVES, "uf1", all_runs.moves),
            class_score(all_runs, three, MOVES, "uf1", all_runs.bin(*BINS[0])),
            all_runs.sample.mean((logits.argmax(axis=1) < MOVES).astype(float), ~all_runs.moves),
            *(fixed_position(one.reshape(len(one), -1), truth, all_runs, everything) for one in (maps, unlike)),
            describe(runs[0]).get("note", ""),
        ]
    return table


def find_runs(folder: Path) -> dict[str, list[Path]]:
    """
    Checkpoints in a folder by the name of what was tried.

    A run's name is the one in its `metrics.json`, or that of its folder without a seed at its end (`no_gate_s1`).
    """
    if not folder.is_dir():
        raise InputError(f"The folder of runs `{folder}` does not exist; give one with a checkpoint in each folder.")
    runs: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if (path / "config.json").is_file():
            name = describe(path).get("name") or re.sub(r"[_-](s|seed)?\d+$", "", path.name)
            runs.setdefault(str(name), []).append(path)
    if not runs:
        raise InputError(f"There is no checkpoint in the folders of `{folder}`; each run needs its `config.json`.")
    return runs


def describe(run: Path) -> dict:
    """What a run says about itself."""
    path = run / DESCRIPTION
    if not path.is_file():
        return {}
    try:
        said = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise InputError(f"`{path}` is no JSON: {error}") from error
    return said if isinstance(said, dict) else {}


def repeat(pool: Pool, times: int) -> Pool:
    """The same pairs once for each run; every run counts as a seed of its own."""
    sample, seeds = pool.sample, len(pool.sets)
    of_run = np.concatenate([sample.seeds + run * seeds for run in range(times)])
    return Pool(pool.sets * times, Sample(np.tile(sample.people, times), of_run, sample.count, sample.draws))
