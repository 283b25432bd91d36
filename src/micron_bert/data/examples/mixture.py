"""Synthetic pairs mixed with pairs out of real films and with real smiles."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from micron_bert.arguments.data import DataArguments, Mixture
from micron_bert.data.examples.real_films import load_real_films
from micron_bert.errors import InputError
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.pairs import SyntheticPair, SyntheticPairs
from micron_bert.synthesis.portraits import Portrait, load_portraits
from micron_bert.synthesis.real.course import load_courses, measure_course
from micron_bert.synthesis.real.pairs import InjectedPairs, RealPairSettings, RetargetedPairs
from micron_bert.synthesis.real.smile_pairs import SmilePairs
from micron_bert.synthesis.smile import measure_smiles

logger = logging.getLogger(__name__)


def mix(synthetic: SyntheticPairs, portraits: list[Portrait], data: DataArguments, habits: Habits) -> Sequence:
    """
    Pairs from all sources that `data` names.

    Args:
        synthetic ([`SyntheticPairs`]): the whole schedule of the synthetic ones, which gives length, size and seed.
        portraits (`list[Portrait]`): of the people who are not held out.
        data ([`DataArguments`]): `films`, `courses`, `smiles` and `mixture`.
        habits ([`Habits`]): variation of the motion model.

    Raises:
        InputError: films, courses or smiles cannot be used.
    """
    seed, length, size = synthetic.seed, len(synthetic), synthetic.size
    shares = replace(Mixture(), **(data.mixture or {}))
    settings = RealPairSettings(habits=habits)
    sources = {"synthetic": synthetic}
    films = load_real_films(data.films, size, data.cache) if data.films else []
    if films:
        sources["injected"] = InjectedPairs(films, seed, length, settings)
    if (films or data.courses) and shares.retargeted:
        courses = load_courses(data.courses) if data.courses else [measure_course(film) for film in films]
        sources["retargeted"] = RetargetedPairs(portraits, courses, seed, length, settings)
    if data.smiles:
        shown = {portrait.subject for portrait in portraits}
        resting, happy = (load_portraits(folder, size=size) for folder in data.smiles)
        smiles = measure_smiles([one for one in resting if one.subject in shown], happy)
        sources["smile"] = SmilePairs(smiles, seed, length)
    logger.warning("Pairs come from: %s.", ", ".join(f"{name} {getattr(shares, name):g}" for name in sources))
    return MixedPairs(list(sources.values()), [getattr(shares, name) for name in sources], seed)


class MixedPairs(Sequence):
    """
    Pairs from several sources, each as often as its share says.

    Args:
        sources (`list[Sequence]`): of [`SyntheticPair`], of one size.
        shares (`list[float]`): one for each, positive; they need not sum to 1.
        seed (`int`): of the choice.
    """

    def __init__(self, sources: list[Sequence], shares: list[float], seed: int = 0):
        if len(sources) != len(shares) or not sources or min(shares) < 0 or sum(shares) <= 0:
            raise InputError(f"`{len(sources)}` sources of pairs need as many shares, 0 or more, got `{shares}`.")
        self.sources, self.seed = sources, seed
        self.limits = np.cumsum(shares) / np.sum(shares)
        self.size = sources[0].size

    def __len__(self) -> int:
        return len(self.sources[0])

    def __getitem__(self, index: int) -> SyntheticPair:
        place = np.random.default_rng([self.seed, index, 1]).random()
        return self.sources[int(np.searchsorted(self.limits, place, side="right"))][index]
