"""The boxes of an MP4 or MOV file: they show that a film was cut off, which FFmpeg does not report."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple


class Promise(NamedTuple):
    """Whether every box of the file is there to its end, and the seconds that a fragmented film's header tells."""

    whole: bool
    seconds: float | None


def promise_of(path: Path) -> Promise:
    """What an MP4 or MOV file promises (ISO/IEC 14496-12, sections 4.2, 8.2.2 and 8.8.2)."""
    whole, seconds = True, None
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        for kind, begin, end in _boxes(file, 0, size):
            whole = end <= size
            if kind == b"moov" and whole:
                seconds = _seconds(file, begin, end)
    return Promise(whole, seconds)


def _seconds(file: BinaryIO, begin: int, end: int) -> float | None:
    """Of a fragmented film, by the movie's header (`mvhd`) or the fragments' (`mehd`), whichever is longer."""
    scale, longest, fragments = 0, 0, False
    for kind, inner, inner_end in _boxes(file, begin, end):
        if kind == b"mvhd":
            version = _read(file, inner, 1)[0]
            form = ">IQ" if version else ">II"
            scale, duration = struct.unpack(form, _read(file, inner + (20 if version else 12), struct.calcsize(form)))
            longest = max(longest, 0 if duration in (2**32 - 1, 2**64 - 1) else duration)
        elif kind == b"mvex":
            fragments = True
            for name, at, _ in _boxes(file, inner, inner_end):
                if name == b"mehd":
                    form = ">Q" if _read(file, at, 1)[0] else ">I"
                    longest = max(longest, *struct.unpack(form, _read(file, at + 4, struct.calcsize(form))))
    return longest / scale if fragments and scale and longest else None


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of the content of each box between two places; a last one may promise more than is there."""
    while begin + 8 <= end:
        length, kind = struct.unpack(">I4s", _read(file, begin, 8))
        head = 8
        if length == 1 and begin + 16 <= end:
            head, (length,) = 16, struct.unpack(">Q", _read(file, begin + 8, 8))
        elif length == 0:
            length = end - begin  # up to the end of the file
        if length < head:
            return  # nonsense, as after damage
        yield kind, begin + head, begin + length
        begin += length


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count).ljust(count, b"\0")
