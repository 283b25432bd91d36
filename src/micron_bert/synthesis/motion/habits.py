"""How differently people move: random variation of the motion model."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Habits:
    """
    Random variation of the motion model, so that a network does not learn its regularities.

    Attributes:
        direction (`float`): standard deviation of the direction of a pull, in degrees (partly common to the unit).
        size (`float`): logarithmic standard deviation of the size of a pull.
        reach (`float`): logarithmic standard deviation of how far a pull takes the skin along.
        centre (`float`): standard deviation of the place of a pull, in inter-ocular distances.
        asymmetry (`float`): logarithmic standard deviation of one side of the face against the other.
        roughness (`float`): size of the smooth random changes of the finished field, relative to it.
        spread (`tuple[float, float]`): each pair takes all of the above times a factor drawn from this range.
    """

    direction: float = 30.0
    size: float = 0.5
    reach: float = 0.45
    centre: float = 0.08
    asymmetry: float = 0.3
    roughness: float = 0.4
    spread: tuple[float, float] = (0.3, 1.2)

    @classmethod
    def none(cls) -> "Habits":
        """No variation: the table of units as it is."""
        return cls(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, (1.0, 1.0))

    def draw(self, rng: np.random.Generator) -> "Habits":
        """Draw the variation of one pair."""
        factor = rng.uniform(*self.spread)
        scaled = (self.direction, self.size, self.reach, self.centre, self.asymmetry, self.roughness)
        return Habits(*(factor * value for value in scaled), (1.0, 1.0))


USUAL = Habits()
