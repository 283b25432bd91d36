"""Connections that ask for nothing: closed, so that nobody keeps others out by holding many open."""

import threading
from time import monotonic, sleep

SILENT = 20.0  # seconds for which a connection may lie open without a whole request
LOOKED_AT = 5.0  # seconds between two looks


class IdleConnections:
    """
    Closes connections on which no request is under way: uvicorn does so only after an answer, and only while not one
    byte of the next request comes.

    Args:
        connections (`set`): the protocols of uvicorn's server.
        silent (`float`): seconds.
    """

    def __init__(self, connections: set, silent: float = SILENT):
        self.connections, self.silent = connections, silent
        self.since: dict[int, tuple[object, object, float]] = {}

    def close_idle(self, now: float) -> int:
        """Closes those that have been silent for long; returns how many."""
        seen, closed = {}, 0
        for connection in list(self.connections):
            if not hasattr(connection, "cycle"):  # a web socket
                continue
            cycle = connection.cycle  # of the last request whose head was read
            if cycle is not None and not cycle.response_complete:
                continue
            kept, last, since = self.since.get(id(connection), (None, None, now))
            if kept is not connection or last is not cycle:
                since = now
            if now - since > self.silent:
                connection.loop.call_soon_threadsafe(connection.transport.abort)
                closed += 1
            else:
                seen[id(connection)] = (connection, cycle, since)
        self.since = seen
        return closed

    def watch(self, looked_at: float = LOOKED_AT) -> threading.Thread:
        """Looks again and again, until the process ends."""

        def look() -> None:
            while True:
                sleep(looked_at)
                self.close_idle(monotonic())

        thread = threading.Thread(target=look, name="idle connections", daemon=True)
        thread.start()
        return thread
