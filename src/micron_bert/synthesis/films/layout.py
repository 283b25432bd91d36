"""Where events lie in the time of a film."""

from collections.abc import Sequence

import numpy as np

from micron_bert.errors import InputError

PAUSE = 0.7  # seconds of rest between two events at least


def lay_out(rng: np.random.Generator, lengths: Sequence[float], duration: float) -> list[float]:
    """
    Random starts, in order, of intervals with at least `PAUSE` seconds before, between and after them.

    Args:
        rng (`np.random.Generator`): source of randomness.
        lengths (`Sequence[float]`): of the pieces in seconds.
        duration (`float`): of the whole in seconds.

    Raises:
        [`InputError`]: there is no room.
    """
    room = duration - sum(lengths) - PAUSE * (len(lengths) + 1)
    if lengths and room < 0:
        raise InputError(
            f"{len(lengths)} events of `{sum(lengths):.1f}` s in all do not fit into `{duration:g}` s; make the "
            "film longer or let less happen in it."
        )
    cuts = np.sort(rng.uniform(0, max(room, 0), len(lengths)))
    before = np.cumsum([0, *lengths])[:-1] + PAUSE * np.arange(1, len(lengths) + 1)
    return [float(start) for start in cuts + before]
