"""What can be chosen of spotting in a stream."""

import math
from dataclasses import dataclass

from micron_bert.arguments.strictness import STRICTNESS, check_strictness
from micron_bert.errors import InputError
from micron_bert.spotting.baseline import Baseline


@dataclass(frozen=True)
class WatchOptions:
    """
    How the faces of a stream are watched.

    Attributes:
        strictness (`float`):
            From 0, every candidate, to 1, only the surest; 0.5 takes the thresholds that were chosen in the training
            of the course head.
        baseline ([`Baseline`], *optional*):
            Of the face at rest: nothing is reported in its stretch, and elsewhere only what is surer than any finding
            in it.
        rest (`float`):
            Seconds from the first frame with a face on in which it is neutral: they become the baseline.
        ahead (`int`):
            Frames that the model gets in one call, for films; what they tell comes with the last of them.

    Raises:
        [`InputError`]: the strictness is not between 0 and 1, or the seconds at rest are no positive number or 0.
    """

    strictness: float = STRICTNESS
    baseline: Baseline | None = None
    rest: float = 0.0
    ahead: int = 1

    def __post_init__(self):
        check_strictness(self.strictness, "strictness")
        if not (math.isfinite(self.rest) and self.rest >= 0):
            raise InputError(f"`rest` is `{self.rest}`; it must be a number of seconds from 0.")
