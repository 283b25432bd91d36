"""What a thread has freed is given back, also where the thread lives on."""

import platform
import threading
from pathlib import Path

import pytest

from micron_bert.demo.memory import give_back

PIECE, PIECES = 100_000, 1000  # bytes


def resident() -> int:
    """Bytes of memory that this process has."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_memory_that_a_living_thread_freed_is_given_back():
    freed, leave = threading.Event(), threading.Event()

    def work():
        pieces = [bytearray(b"x") * PIECE for _ in range(PIECES)]
        last = pieces.pop()  # above it all, so that the C library gives nothing back by itself
        del pieces
        freed.set()
        leave.wait()
        del last

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert freed.wait(60)
        before = resident()
        give_back()
        assert before - resident() > PIECE * PIECES / 2
    finally:
        leave.set()
        thread.join()
