"""The timeline of a film: macro- and micro-expressions, and everything that is no expression."""

from dataclasses import dataclass, field

import numpy as np

from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.expressions import Expression, draw_expressions
from micron_bert.synthesis.films.speech import Speech
from micron_bert.synthesis.films.transitions import Transitions
from micron_bert.synthesis.motion.time_course import BlinkCourse, Drift


@dataclass(frozen=True)
class Timeline:
    """
    All that happens in a film, in seconds.

    Attributes:
        duration (`float`): of the film.
        expressions (`list[Expression]`): in their order; they do not overlap.
        blinks (`list[BlinkCourse]`): closings of the eyes.
        speech ([`Speech`]): talking.
        gaze ([`Transitions`]): where the eyes look, right and down in inter-ocular distances at the iris.
        turns ([`Transitions`]): yaw and pitch of the head in degrees.
        light ([`Transitions`]): brightness as a whole and of a pattern on the face, next to 1.
        drifts (`list[Drift]`): shift of the head to the right and down in IOD, roll in radians, logarithmic scale.
        tremors (`list[Drift]`): of smooth deformations of the face.
    """

    duration: float
    expressions: list[Expression]
    blinks: list[BlinkCourse]
    speech: Speech
    gaze: Transitions
    turns: Transitions
    light: Transitions
    drifts: list[Drift]
    tremors: list[Drift] = field(default_factory=list)

    @classmethod
    def draw(cls, rng: np.random.Generator, duration: float, rates: EventRates) -> "Timeline":
        """
        Draw a timeline.

        Raises:
            [`InputError`]: more expressions than the film has room for.
        """
        head = np.exp(rng.uniform(*np.log(rates.head)))
        return cls(
            duration,
            draw_expressions(rng, duration, rates),
            _draw_blinks(rng, duration, rates.blink),
            Speech.draw(rng, duration, rates),
            Transitions.draw(rng, duration, rates.gaze, (0.03, 0.07), (0.02, 0.006)),
            Transitions.draw(rng, duration, rates.turn, (0.4, 1.5), (rates.turn_size, 0.5 * rates.turn_size)),
            Transitions.draw(rng, duration, rates.light, (0.05, 1.5), (rates.light_size, rates.light_size)),
            [Drift.draw(rng, head * share, (0.08, 1.5)) for share in (0.71, 0.71, 0.67, 0.4)],
            [Drift.draw(rng, rates.tremor, (0.3, 3.0)) for _ in range(2)],
        )

    def others(self) -> dict[str, list[tuple[float, float]]]:
        """What happens besides expressions: intervals in seconds by name."""
        return {
            "blink": [(float(blink.start), float(blink.end)) for blink in self.blinks],
            "speech": list(self.speech.bouts),
            "gaze": self.gaze.intervals(),
            "turn": self.turns.intervals(),
            "light": self.light.intervals(),
        }


def _draw_blinks(rng: np.random.Generator, duration: float, rate: float) -> list[BlinkCourse]:
    blinks, time = [], 0.0
    while rate:
        time += 0.4 + rng.exponential(max(60 / rate - 0.7, 0.1))
        if time > duration:
            break
        blinks.append(BlinkCourse.draw(rng, time))
        time = blinks[-1].end
    return blinks
