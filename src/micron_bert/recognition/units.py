"""Action units as text for people, as codes for tables, and as JSON."""

from collections.abc import Sequence

from micron_bert.labels.action_units import unit_title
from micron_bert.model.unit_reading_micron_bert import UnitReading

CODES = {"both": "", "left": "L", "right": "R"}
NOTHING = "no action unit is claimed"


def shown(readings: Sequence[UnitReading] | None) -> list[UnitReading]:
    """The readings that reach their threshold, the most probable first; none without readings."""
    return [one for one in readings or () if one.shown]


def describe_unit(reading: UnitReading) -> str:
    """A unit with its name, side and probability, such as `AU4 brow lowerer, both, .91`; never more than .99."""
    share = f"{min(reading.probability, 0.99):.2f}".removeprefix("0")
    return f"{unit_title(reading.number)}, {reading.side}, {share}"


def codes(readings: Sequence[UnitReading] | None) -> str:
    """Such as `4+L12`, by number, in the notation of the annotation sheets; empty where none is shown."""
    return "+".join(
        f"{CODES[one.side]}{one.number}" for one in sorted(shown(readings), key=lambda one: int(one.number))
    )


def to_json(readings: Sequence[UnitReading] | None) -> list[dict] | None:
    """All readings as plain numbers and words; None where the model reads no units."""
    if readings is None:
        return None
    return [
        {
            "number": one.number,
            "name": unit_title(one.number),
            "side": one.side,
            "probability": round(one.probability, 4),
            "intensity": round(one.intensity, 3),
            "shown": one.shown,
        }
        for one in readings
    ]
