"""Endless training pairs out of real smiles of different strength."""

from collections.abc import Sequence

import numpy as np

from micron_bert.errors import InputError
from micron_bert.synthesis.motion.displacement import pixel_grid
from micron_bert.synthesis.motion.full_expression import FullExpression
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.pairs import SyntheticPair
from micron_bert.synthesis.portraits import working_landmarks
from micron_bert.synthesis.real.pairs import finished, generator_of
from micron_bert.synthesis.smile import Smile


class SmilePairs(Sequence):
    """
    Real smiles of different strength, and the same people without any.

    Args:
        smiles (`list[Smile]`): whose.
        seed (`int`), length (`int`): as for [`~micron_bert.synthesis.real.pairs.InjectedPairs`].
        none (`float`): share of the pairs without a smile.
        weakest (`float`): smallest strength in % IOD; the largest is all of the smile.
    """

    def __init__(self, smiles: list[Smile], seed: int = 0, length: int = 100_000, none: float = 0.1, weakest=0.8):
        if not smiles:
            raise InputError("There are no smiles to make pairs of.")
        self.smiles, self.seed, self.length, self.none, self.weakest = smiles, seed, length, none, weakest
        self.size = smiles[0].portrait.size
        self.nuisances = Nuisances(flip=0.5)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> SyntheticPair:
        rng = generator_of(self.seed, index, self.length)
        smile = self.smiles[rng.integers(len(self.smiles))]
        strongest = max(smile.strength, self.weakest)
        strength = 0.0
        if rng.random() >= self.none:
            strength = float(np.exp(rng.uniform(*np.log((self.weakest, 1.05 * strongest)))))
        movement = smile.moved(strength, rng)
        frames = smile.take(movement, rng, self.nuisances)
        units = (UnitActivation(6, 0.7), UnitActivation(12)) if strength else ()
        expression = FullExpression(
            "happiness" if strength else "none", units, min(strength, strongest), movement.skin
        )
        total = movement.displacement(pixel_grid(self.size, self.size))
        subject, landmarks = smile.portrait.subject, working_landmarks(smile.portrait)
        return finished(
            rng,
            frames,
            expression,
            movement.skin,
            total,
            subject,
            landmarks,
            self.nuisances.flip,
        )
