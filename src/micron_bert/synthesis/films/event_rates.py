"""How often things happen in a film, and how large they are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EventRates:
    """
    How often things happen in a film, and how large they are.

    Attributes:
        micro (`float`), macro (`float`): micro- and macro-expressions a minute.
        micro_size (`tuple[float, float]`), macro_size (`tuple[float, float]`):
            Ranges of their largest displacement in % IOD, log-uniform.
        macro_length (`tuple[float, float]`): range of a macro-expression's length in seconds, log-uniform.
        speech (`float`): share of the time in which the person talks, in bouts of 2 to 6 s.
        speech_size (`tuple[float, float]`): range of a bout's typical opening of the jaw in % IOD, log-uniform.
        syllables (`tuple[float, float]`): range of syllables a second.
        blink (`float`), gaze (`float`), turn (`float`), light (`float`):
            Blinks, glances, turns of the head and changes of light a minute.
        turn_size (`float`), light_size (`float`): standard deviations: degrees to a side, share of the brightness.
        head (`tuple[float, float]`):
            Range of the root mean square shift of the head within .16 s, in inter-ocular distances, log-uniform.
        tremor (`float`): median size of smooth deformations of the face within .16 s, in % IOD.
    """

    micro: float = 8.0
    macro: float = 3.0
    micro_size: tuple[float, float] = (0.2, 2.0)
    macro_size: tuple[float, float] = (2.0, 10.0)
    macro_length: tuple[float, float] = (0.6, 4.0)
    speech: float = 0.2
    speech_size: tuple[float, float] = (1.5, 5.0)
    syllables: tuple[float, float] = (3.0, 6.0)
    blink: float = 16.0
    gaze: float = 20.0
    turn: float = 5.0
    turn_size: float = 5.0
    light: float = 4.0
    light_size: float = 0.04
    head: tuple[float, float] = (0.004, 0.012)
    tremor: float = 0.02
