"""Uploads of those who wait for their turn: kept young, so that they are not deleted before it comes."""

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from time import monotonic

from micron_bert.demo.uploads import upload_folder


class Waiting:
    """
    Args:
        turn (`float`): seconds that one analysis takes at most.
        clock (`Callable`, *optional*): seconds that only grow.
    """

    def __init__(self, turn: float, clock: Callable[[], float] = monotonic):
        self.turn, self.clock = turn, clock
        self._waiting: list[tuple[str, float]] = []  # a file as often as it waits, and until when at most
        self._lock = Lock()

    def arrive(self, paths: Iterable[str | None]) -> None:
        """Files of somebody who joins the queue; what is no upload stays as it is."""
        folder = upload_folder()
        with self._lock:
            # by then those before it have had their turn, or it left: nobody says so
            until = self.clock() + (len(self._waiting) + 1) * self.turn
            for path in filter(None, paths):
                if Path(path).resolve().is_relative_to(folder):
                    self._waiting.append((path, until))
        self.refresh()

    def begin(self, paths: Iterable[str | None]) -> None:
        """Their turn has come."""
        self.refresh()
        with self._lock:
            for path in paths:
                entry = next((one for one in self._waiting if one[0] == path), None)
                if entry is not None:
                    self._waiting.remove(entry)

    def refresh(self) -> None:
        """Makes the files of all who wait as young as new ones; call it more often than files become old."""
        with self._lock:
            now = self.clock()
            self._waiting = [one for one in self._waiting if one[1] >= now]
            for path in {path for path, _ in self._waiting}:
                with contextlib.suppress(OSError):
                    os.utime(path)
