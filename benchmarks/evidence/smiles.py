"""Real smiles, made fainter: a share of the movement between a neutral and a smiling photograph of one person."""

from pathlib import Path

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.baselines import FlowRidge
from benchmarks.evidence.bench import Bench
from benchmarks.evidence.bootstrap import Sample
from benchmarks.evidence.table import Table
from micron_bert.evaluation.baselines.linear import optical_flow
from micron_bert.faces.registration import register
from micron_bert.labels.emotions import LABELS
from micron_bert.synthesis.portraits import load_portraits
from micron_bert.synthesis.smile import Smile, measure_smiles

STRENGTHS = (0.0, 0.3, 0.6, 1.2, 2.5, 5.0, np.inf)  # % IOD; the last one is all of the smile
RENDERINGS = 8  # of each person, each with its own residue, light, noise
POSITIVE = LABELS.index("positive")


def find_smiles(bench: Bench, neutral: Path, smiling: Path) -> list[Smile]:
    """The smiles of the people held out who are in both folders."""
    size = bench.faces.portraits[0].size
    held_out = {bench.faces.portraits[i].subject for i in bench.faces.test}
    resting, happy = (load_portraits(folder, size) for folder in (neutral, smiling))
    return measure_smiles([one for one in resting if one.subject in held_out], happy)


def render(smile: Smile, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Onset and registered apex, `(2, S, S, 3)`, of the smile at most `strength` % IOD strong."""
    onset, apex = smile.take(smile.moved(strength, rng), rng)
    return np.stack([onset, register(apex, onset).frame])


def name_smiles(bench: Bench, checkpoints: list[Checkpoint], neutral: Path, smiling: Path) -> Table:
    """Which share of real smiles is named positive, from none of it to all of it."""
    smiles = find_smiles(bench, neutral, smiling)
    strengths = [smile.strength for smile in smiles]
    table = Table(
        "smiles",
        f"Share called `positive` of the real smiles of {len(smiles)} people held out, from a neutral photograph "
        "warped by a share of the landmarks' way to the smiling one, so that the skin moves by at most so much; all "
        f"of a smile is {np.median(strengths):.1f} % IOD in the median. Without a smile: share called any expression.",
        ["no smile, any expression", *(f"{one:g} % IOD" for one in STRENGTHS[1:-1]), "all of it"],
    )
    table.percent = frozenset(table.columns)
    people = np.repeat(np.arange(len(smiles)), RENDERINGS)
    sampled = Sample(people, np.zeros(len(people), int), len(smiles), bench.draws)
    ridge = bench.learned(FlowRidge, 0)
    for strength in STRENGTHS:
        frames = np.stack(
            [render(smiles[who], strength, np.random.default_rng([who, k])) for k, who in enumerate(people)]
        )
        flow = np.stack([optical_flow(*pair) for pair in frames])
        named = {ridge.name: ridge.predict_flow(flow)[0]}
        for checkpoint in checkpoints:
            named[checkpoint.name] = checkpoint.look(frames).logits.argmax(axis=1)
        for name, classes in named.items():
            hit = classes == POSITIVE if strength else classes != LABELS.index("none")
            table.rows.setdefault(name, []).append(sampled.mean(hit.astype(float)))
    return table
