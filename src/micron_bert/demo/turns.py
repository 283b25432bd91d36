"""Whose camera is on: one at a time for each visitor."""

from collections.abc import Callable
from time import monotonic

PAUSE = 5.0  # seconds without a frame after which a camera counts as off


class Turns:
    """
    Args:
        clock (`Callable`, *optional*): seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = monotonic):
        self.clock = clock
        self.last: dict[str, tuple[str, float]] = {}  # by address: the page, and when its last frame came

    def take(self, address: str, page: str) -> bool:
        """Whether a page may go on: no other page of the same address has its camera on."""
        now = self.clock()
        self.last = {name: one for name, one in self.last.items() if now - one[1] <= PAUSE}
        holder = self.last.get(address)
        if holder is not None and holder[0] != page:
            return False
        self.last[address] = (page, now)
        return True
