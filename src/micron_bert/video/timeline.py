"""Seconds of frames as players show them, also where the time stamps of a film fall back or repeat."""

from fractions import Fraction

JOINED = 1.0  # seconds: further back than frames are ever out of order; another film was put behind the first
NUDGE = 1e-3  # seconds by which a frame follows one whose time it repeats
GAP = 1.5  # steps from frame to frame: something lacks between them
UNEVEN, MOSTLY = 0.2, 0.9  # of a step; of the steps that are no gap: what an even film has


class Timeline:
    """
    Turns time stamps into seconds that grow from frame to frame.

    Args:
        origin (`Fraction`): what players show as 0, in seconds.
        step (`float`): seconds from one frame to the next, as a rule.

    Attributes:
        joined (`int`): how often a film was put behind another one; its time goes on from there.
        repeated (`int`): frames with a time that was there already.
    """

    def __init__(self, origin: Fraction, step: float):
        self.origin, self.step = origin, step
        self.shift, self.last = 0.0, None
        self.joined = self.repeated = 0

    def tell(self, stamp: int | None, base: Fraction) -> float:
        """Seconds of the next frame, from its stamp in units of `base`; without a stamp, a step after the last."""
        if stamp is None:
            time = 0.0 if self.last is None else self.last + self.step
        else:
            time = float(stamp * base - self.origin) + self.shift
        if self.last is not None and time <= self.last - JOINED:
            self.shift += self.last + self.step - time
            time = self.last + self.step
            self.joined += 1
        elif self.last is not None and time <= self.last:
            time = self.last + NUDGE
            self.repeated += 1
        self.last = time
        return time

    def describe(self) -> str | None:
        """A sentence's end about what was mended, `None` where nothing was."""
        if self.joined:
            times = "once" if self.joined == 1 else f"{self.joined} times"
            return f"its time falls back {times}, as in films put one behind the other; here it goes on"
        if self.repeated:
            return (
                f"{self.repeated} frame(s) have a time that was there before; each is put right after the one before"
            )
        return None


class Gaps:
    """
    Where a film that is even otherwise has no picture for a while; containers for broadcasts lose some without a word.

    Args:
        step (`float`): seconds from one frame to the next, as a rule.
    """

    def __init__(self, step: float):
        self.step, self.last = step, None
        self.found, self.even, self.count = [], 0, 0

    def see(self, time: float) -> None:
        """The next frame, in seconds."""
        if self.last is not None:
            between = time - self.last
            self.count += 1
            self.even += abs(between - self.step) < UNEVEN * self.step
            if between > GAP * self.step:
                self.found.append((self.last, time))
        self.last = time

    def describe(self) -> str | None:
        """Half a sentence about where pictures lack; `None` where none do, or where the film is uneven throughout."""
        if not self.found or self.even < MOSTLY * (self.count - len(self.found)):
            return None
        (begin, end), others = self.found[0], len(self.found) - 1
        more = f", nor in {others} other place{'s' if others > 1 else ''}" if others else ""
        return f"has no picture between {begin:.2f} s and {end:.2f} s{more}"
