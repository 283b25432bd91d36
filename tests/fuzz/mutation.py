"""Seeded damage to files, as disks, networks, wrong tools and ill will do it."""

import random

INTERESTING = (0, 1, 0x7F, 0x80, 0xFF)
NUMBERS = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def flip_bits(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 4, 32, 256))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def set_bytes(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 8, 64))):
        data[rng.randrange(len(data))] = rng.choice(INTERESTING)


def set_number(data: bytearray, rng: random.Random) -> None:
    """A length, a size or a count of the first kilobytes becomes an extreme one."""
    for _ in range(rng.choice((1, 3))):
        place, width = rng.randrange(min(len(data), 4096)), rng.choice((2, 4, 8))
        value = rng.choice(NUMBERS).to_bytes(8, rng.choice(("little", "big")))
        data[place : place + width] = value[:width] if rng.random() < 0.5 else value[-width:]


def cut_off(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def cut_out(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    del data[start : start + rng.choice((1, 64, 4096))]


def blank(data: bytearray, rng: random.Random) -> None:
    """A block that the disk lost."""
    start, length = rng.randrange(len(data)), rng.choice((16, 512, 4096))
    stop = min(start + length, len(data))
    data[start:stop] = bytes(stop - start)


def repeat(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    data[start:start] = data[start : start + rng.choice((16, 512, 4096))] * rng.choice((1, 2, 8))


def append(data: bytearray, rng: random.Random) -> None:
    data += rng.randbytes(rng.choice((1, 100, 10_000)))


def insert(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    data[start:start] = rng.randbytes(rng.choice((1, 16, 512)))


KINDS = (flip_bits, set_bytes, set_number, cut_off, cut_out, blank, repeat, append, insert)


def damaged(content: bytes, seed: int) -> bytes:
    """A copy with one to three kinds of damage; the same for the same seed."""
    rng = random.Random(seed)
    data = bytearray(content)
    for kind in rng.choices(KINDS, k=rng.choice((1, 1, 2, 3))):
        if data:
            kind(data, rng)
    return bytes(data)
