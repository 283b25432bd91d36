"""Pairs in batches for a network that does not learn from them."""

from collections.abc import Sequence

from torch.utils.data import DataLoader, Dataset

BATCH = 32


def batches_of(pairs: Dataset, workers: int = 0, parts: Sequence[range] | None = None) -> DataLoader:
    """
    Pairs in batches of 32, in order.

    Args:
        pairs (`Dataset`): with workers, something that can be pickled.
        workers (`int`, defaults to 0): processes that make the pairs; 0 for this one.
        parts (`Sequence[range]`, *optional*): indices that are shown, all by default; no batch reaches into two parts.
    """
    batches = [
        part[first : first + BATCH]
        for part in (parts if parts is not None else [range(len(pairs))])
        for first in range(0, len(part), BATCH)
    ]
    # a fork of a process whose libraries run threads may hang
    start = "spawn" if workers else None
    return DataLoader(pairs, batch_sampler=batches, num_workers=workers, multiprocessing_context=start)
