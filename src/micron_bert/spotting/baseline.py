"""The baseline of one face and camera: seconds in which the face is neutral."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from micron_bert.errors import InputError
from micron_bert.spotting.decision import Finding
from micron_bert.spotting.interval import Interval

SHORTEST = 1.0  # seconds of the face that a baseline needs at least
NOISE = 0.95  # quantile of the movement at rest that is the noise floor


@dataclass(frozen=True)
class Baseline:
    """
    A person's own baseline.

    Attributes:
        stretch (`tuple[float, float]`): seconds of the film from and to which the person was watched at rest.
        seconds (`float`): for how long of these the face was seen.
        movement (`float`):
            Noise floor: 95 % of the frames at rest move no more, in % of the inter-ocular distance.
        surest (`dict[str, float]`): by kind, the highest confidence of a false finding at rest.
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
        findings: Sequence[Interval | Finding],
    ) -> "Baseline":
        """
        Args:
            stretch (`tuple[float, float]`): seconds of the film from and to which the person was watched at rest.
            seconds (`float`): how long the person was watched at rest.
            movements (`Sequence[float]`): the curve of these seconds, in % of the inter-ocular distance.
            findings (`Sequence[Interval | Finding]`): all findings in them; at rest each is false.

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
        for one in findings:
            surest[one.kind] = max(surest.get(one.kind, 0.0), one.confidence)
        return cls(stretch, float(seconds), float(np.quantile(known, NOISE)), surest)

    def holds(self, time: float) -> bool:
        """Whether a time of the film is one at rest."""
        return self.stretch[0] <= time <= self.stretch[1]

    def required(self, thresholds: dict[str, float]) -> dict[str, float]:
        """Confidence required, by kind: more than that of any finding at rest."""
        return {kind: max(asked, self.surest.get(kind, 0.0)) for kind, asked in thresholds.items()}

    def to_json(self) -> dict:
        """As plain numbers."""
        return asdict(self)
