"""Where events lie in the time of a film."""

from collections.abc import Sequence

import numpy as np

from micron_bert.errors import InputError

PAUSE = 0.7  # seconds of rest between two events at least


def lay_out(rng: np.random.Generator, lengths: Sequence[float], duration: float, pause: float = PAUSE) -> list[float]:
    """
    Random starts, in order, of intervals that do not overlap.

    Args:
        rng (`np.random.Generator`): source of randomness.
        lengths (`Sequence[float]`): of the pieces in seconds.
        duration (`float`): of the whole in seconds.
        pause (`float`): least time before, between and after pieces.

    Raises:
        [`InputError`]: there is no room.
    """
    room = duration - sum(lengths) - pause * (len(lengths) + 1)
    if lengths and room < 0:
        raise InputError(
            f"{len(lengths)} events of `{sum(lengths):.1f}` s in all do not fit into `{duration:g}` s; make the "
            "film longer or let less happen in it."
        )
    cuts = np.sort(rng.uniform(0, max(room, 0), len(lengths)))
    before = np.cumsum([0, *lengths])[:-1] + pause * np.arange(1, len(lengths) + 1)
    return [float(start) for start in cuts + before]
