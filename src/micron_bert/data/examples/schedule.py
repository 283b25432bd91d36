"""The order of training examples: it follows from the seed and the index alone, so a run can continue anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch.utils.data import Dataset


@dataclass(frozen=True)
class Curriculum:
    """
    The range of amplitudes by index: large movements first, then smaller ones too.

    The smallest amplitude starts half-way between the bounds and comes down evenly; afterwards it stays.

    Args:
        amplitude (`tuple[float, float]`):
            Range in % IOD once everything is allowed.
        pairs (`int`):
            Index from which on everything is allowed; 0 for no curriculum.
    """

    amplitude: tuple[float, float]
    pairs: int

    def __call__(self, index: int) -> tuple[float, float]:
        low, high = self.amplitude
        if index >= self.pairs:
            return low, high
        return low + (1 - index / self.pairs) * (high - low) / 2, high


class Shuffled(Dataset):
    """
    Several passes over a dataset, each in an order of its own that follows from `(seed, pass)`.

    Args:
        dataset (`Sequence`):
            The items of one pass.
        length (`int`):
            How many items all passes have together; the last pass may be cut short.
        seed (`int`):
            Another seed, another order.
    """

    def __init__(self, dataset: Sequence, length: int, seed: int):
        self.dataset, self.length, self.seed = dataset, length, seed
        self._pass, self._order = None, None

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int):
        if not 0 <= index < self.length:
            raise IndexError(f"Item `{index}` is not among the `{self.length}`.")
        number, place = divmod(index, len(self.dataset))
        if number != self._pass:
            self._order = np.random.default_rng([self.seed, number]).permutation(len(self.dataset))
            self._pass = number
        return self.dataset[int(self._order[place])]


def whole_batches(items: int | float, batch_size: int) -> int:
    """The number of items, at least one batch and rounded up to whole ones: a last, smaller batch weighs more."""
    return max(1, -(-int(np.ceil(items)) // batch_size)) * batch_size
