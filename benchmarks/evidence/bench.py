"""What all tables share: the faces, the sets of every seed laid end to end, the checkpoints and their answers."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks.evidence.answers import Answers, Checkpoint
from benchmarks.evidence.baselines import FlowNetwork, FlowRidge, TrueFlow, TrueMovement
from benchmarks.evidence.bootstrap import Sample
from benchmarks.evidence.conditions import STANDARD, TRAINING, Condition
from benchmarks.evidence.faces import Faces
from benchmarks.evidence.sets import PairSet, render_set
from micron_bert.cache_key import cache_key

TEST_SEED, TRAINING_SEED = 7000, 8000  # training takes small seeds and 2**31
BINS = ((0.3, 0.6), (0.6, 1.2), (1.2, 2.5))  # % IOD
MOVES = 3  # classes that move come first in `LABELS`
Baseline = FlowRidge | FlowNetwork | TrueMovement | TrueFlow


@dataclass(frozen=True)
class Pool:
    """
    The sets of one condition, one per seed, as one.

    Attributes:
        sets (`list[PairSet]`): one per seed.
        sample ([`Sample`]): whom each pair shows, and its seed.
    """

    sets: list[PairSet]
    sample: Sample

    def __getattr__(self, name: str) -> np.ndarray:
        """A field of all pairs, such as `labels` or `amplitude`; not the frames, they stay on the disk."""
        if name.startswith("_") or name == "frames":
            raise AttributeError(name)
        self.__dict__[name] = np.concatenate([getattr(one, name) for one in self.sets])
        return self.__dict__[name]

    @property
    def size(self) -> int:
        """Side of the crops in pixels."""
        return self.sets[0].frames.shape[2]

    @property
    def moves(self) -> np.ndarray:
        """Which pairs have an expression: `(N,)`."""
        return self.labels < MOVES

    def bin(self, low: float, high: float) -> np.ndarray:
        """Which pairs have an expression of an amplitude: `(N,)`."""
        return self.moves & (self.amplitude >= low) & (self.amplitude < high)


@dataclass
class Bench:
    """
    A benchmark on some faces.

    Attributes:
        faces ([`Faces`]): whom it shows.
        cache (`Path`): where pairs and answers are kept.
        seeds (`int`): how many sets of pairs per condition.
        pairs (`int`), training_pairs (`int`): per set, for testing and for the baselines to learn from.
        processes (`int`): how many to use.
        draws (`int`): resamplings of the bootstrap.
        report (`Callable[[str], None]`): gets a sentence now and then.
    """

    faces: Faces
    cache: Path
    seeds: int = 1
    pairs: int = 2000
    training_pairs: int = 4000
    processes: int = 1
    draws: int = 1000
    report: Callable[[str], None] = print
    _pools: dict = field(default_factory=dict)
    _baselines: dict = field(default_factory=dict)

    @cached_property
    def version(self) -> str:
        """A hash of the faces, the settings and the pairs that come of them."""
        keys = [one.key for one in self.pool().sets]
        return cache_key("benchmark", [self.seeds, self.pairs, self.training_pairs, keys])[:8]

    def pool(self, condition: Condition = STANDARD, pairs: int | None = None) -> Pool:
        """The pairs of a condition, of all seeds."""
        count = pairs or self.pairs
        if (condition, count) not in self._pools:
            sets = [self._render(condition, TEST_SEED + seed, count) for seed in range(self.seeds)]
            shown, people = np.unique(np.concatenate([one.people for one in sets]), return_inverse=True)
            seeds = np.repeat(np.arange(self.seeds), count)
            sample = Sample(people, seeds, len(shown), self.draws)
            self._pools[condition, count] = Pool(sets, sample)
        return self._pools[condition, count]

    def training(self, seed: int, condition: Condition = TRAINING) -> PairSet:
        """The pairs that the baselines of one seed learn from."""
        return self._render(condition, TRAINING_SEED + seed, self.training_pairs)

    def answers(self, checkpoint: Checkpoint, pool: Pool) -> Answers:
        """A checkpoint's answers to all pairs of a pool."""
        parts = [vars(checkpoint.answer(one, self.cache)) for one in pool.sets]
        return Answers(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})

    def baseline(self, kind: type[Baseline], pool: Pool, training: Condition = TRAINING):
        """
        Classes that a baseline names, out of all and out of those that move: two arrays `(N,)`.

        For each seed it learns from other pairs.
        """
        parts = []
        for seed, one in enumerate(pool.sets):
            key = cache_key(kind.__name__, [self.training(seed, training).key, one.key], code=[kind.__module__])
            path = self.cache / f"{kind.__name__}-{key}.npy"
            if not path.is_file():
                scratch = path.with_suffix(f".{os.getpid()}.npy")
                np.save(scratch, np.stack(self.learned(kind, seed, training).predict(one)))
                os.replace(scratch, path)
            parts.append(np.load(path))
        return tuple(np.concatenate(parts, axis=1))

    def learned(self, kind: type[Baseline], seed: int, training: Condition = TRAINING):
        """A baseline, trained."""
        pairs = self.training(seed, training)
        if (kind, pairs.key) not in self._baselines:
            self._baselines[kind, pairs.key] = kind(pairs)
        return self._baselines[kind, pairs.key]

    def _render(self, condition: Condition, seed: int, count: int) -> PairSet:
        return render_set(self.faces, condition, seed, count, self.cache, self.processes, self.report)
