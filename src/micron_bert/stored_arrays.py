"""Arrays in NumPy's files: looked at before they are read, so that none takes more memory than the file is large."""

import math
import os
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from micron_bert.errors import InputError


def read_array(path: str | os.PathLike, shape: Sequence[int | None] | None = None, mapped: bool = False) -> np.ndarray:
    """
    The array of a `.npy` file.

    Args:
        path (`str` or `os.PathLike`):
            The file.
        shape (`Sequence[int | None]`, *optional*):
            What it has to be; `None` for a length that may be any.
        mapped (`bool`, defaults to `False`):
            Read what is looked at alone, when it is looked at.

    Raises:
        [`InputError`]: it is damaged, of another shape, or holds Python objects instead of numbers.
        OSError: it cannot be opened.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            found = _check(file, path.stat().st_size)
        fits = shape is None or len(shape) == len(found)
        if not fits or any(want not in (None, has) for want, has in zip(shape or found, found, strict=True)):
            raise ValueError(f"its shape is {found}")
        return np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise _refusal(path, error) from error


def read_arrays(path: str | os.PathLike, names: Sequence[str]) -> dict[str, np.ndarray]:
    """
    Arrays of an `.npz` file that was written without compression.

    Args:
        path (`str` or `os.PathLike`):
            The file.
        names (`Sequence[str]`):
            Those that are wanted.

    Raises:
        [`InputError`]: it is damaged or compressed, lacks one, or holds Python objects instead of numbers.
        OSError: it cannot be opened.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [archive.getinfo(f"{name}.npy") for name in names]
            for member in members:
                # what is not compressed cannot be larger than the file
                if member.compress_type != zipfile.ZIP_STORED or member.file_size > path.stat().st_size:
                    raise ValueError(f"`{member.filename}` is compressed")
                with archive.open(member) as file:
                    _check(file, member.file_size)
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in names}
    except (ValueError, EOFError, KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise _refusal(path, error) from error


def write_rows(path: str | os.PathLike, rows: Iterable[np.ndarray], count: int) -> None:
    """
    Writes arrays of one shape, as they come, as one `.npy` file `(count, …)`.

    They are written and not mapped into memory: on a full disk, writing to a mapped file ends the process.

    Args:
        path (`str` or `os.PathLike`): the file.
        rows (`Iterable[np.ndarray]`): the arrays; those after the first take its type.
        count (`int`): how many there are.

    Raises:
        OSError: it cannot be written, as where the disk is full.
        ValueError: they are more or fewer, or of several shapes.
    """
    first, written = None, 0
    with open(path, "wb") as file:
        for row in rows:
            if first is None:
                first = row
                description = {"descr": npy.dtype_to_descr(row.dtype), "fortran_order": False}
                npy.write_array_header_1_0(file, description | {"shape": (count, *row.shape)})
            if row.shape != first.shape:
                raise ValueError(f"row {written} has the shape {row.shape}, and the first {first.shape}")
            file.write(np.ascontiguousarray(row, first.dtype).tobytes())
            written += 1
    if written != count:
        raise ValueError(f"{written} rows were written instead of {count}")


def _check(file: BinaryIO, size: int) -> tuple[int, ...]:
    """The shape by the header; raises ValueError unless it tells of numbers that fill the rest of the file."""
    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"the format {version} is not known")
    shape, _, kind = readers[version](file)
    if kind.hasobject:
        raise ValueError("it holds Python objects")
    if math.prod(shape) * kind.itemsize != size - file.tell():
        raise ValueError("its size is not what its header says")
    return shape


def _refusal(path: Path, error: Exception) -> InputError:
    reason = " ".join(str(error).split()).strip("'\"")
    return InputError(f"`{path}` is damaged or not what this package stored ({reason}); delete it and start again.")
