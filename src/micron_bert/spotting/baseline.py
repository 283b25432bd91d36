"""What is usual for one face and camera: seconds in which the person shows nothing."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from micron_bert.errors import InputError
from micron_bert.spotting.decision import Finding
from micron_bert.spotting.interval import Interval

SHORTEST = 1.0  # seconds, from which on it can be said what is usual
NOISE = 0.95  # share of the quiet moments that move no more than the noise floor


@dataclass(frozen=True)
class Baseline:
    """
    A person's own baseline.

    Attributes:
        stretch (`tuple[float, float]`): seconds of the film from and to which the person was watched at rest.
        seconds (`float`): for how long of these the face was seen.
        movement (`float`):
            Noise floor: what 95 % of the quiet moments move at most, in % of the inter-ocular distance.
        surest (`dict[str, float]`): by kind, the highest confidence of what was nothing.
    """

    stretch: tuple[float, float]
    seconds: float
    movement: float
    surest: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        stretch: tuple[float, float],
        seconds: float,
        movements: Sequence[float],
        told: Sequence[Interval | Finding],
    ) -> "Baseline":
        """
        Args:
            stretch (`tuple[float, float]`): seconds of the film from and to which the person was watched at rest.
            seconds (`float`): how long the person was watched at rest.
            movements (`Sequence[float]`): the curve of these seconds, in % of the inter-ocular distance.
            told (`Sequence[Interval | Finding]`): everything that could have been taken for an expression in them.

        Raises:
            [`InputError`]: the face was not seen for long enough.
        """
        known = [movement for movement in movements if math.isfinite(movement)]
        if seconds < SHORTEST or len(known) < 2:
            raise InputError(
                f"The face was seen for {seconds:.1f} s of the neutral stretch; give one of at least {SHORTEST:g} s "
                "in which it is in the picture and at rest."
            )
        surest: dict[str, float] = {}
        for one in told:
            surest[one.kind] = max(surest.get(one.kind, 0.0), one.confidence)
        return cls(stretch, float(seconds), float(np.quantile(known, NOISE)), surest)

    def holds(self, time: float) -> bool:
        """Whether a time of the film is one at rest."""
        return self.stretch[0] <= time <= self.stretch[1]

    def required(self, thresholds: dict[str, float]) -> dict[str, float]:
        """Confidences to ask for, by kind: what is no surer than what this face shows at rest is not told."""
        return {kind: max(asked, self.surest.get(kind, 0.0)) for kind, asked in thresholds.items()}

    def to_json(self) -> dict:
        """As plain numbers."""
        return asdict(self)
