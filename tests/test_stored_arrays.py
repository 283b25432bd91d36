import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.stored_arrays import read_array, read_arrays, write_rows

VALUES = np.arange(12.0).reshape(3, 4)


def header(description: str) -> bytes:
    """An `.npy` file that has a header alone."""
    text = description.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def test_numbers_and_texts_are_read(tmp_path):
    np.save(tmp_path / "a.npy", VALUES)
    assert (read_array(tmp_path / "a.npy") == VALUES).all()
    mapped = read_array(tmp_path / "a.npy", mapped=True)
    assert isinstance(mapped, np.memmap) and (mapped[1] == VALUES[1]).all()
    np.savez(tmp_path / "b.npz", values=VALUES, empty=np.zeros((0, 6)), person="p1", more=1)
    told = read_arrays(tmp_path / "b.npz", ("values", "person", "empty"))
    assert (told["values"] == VALUES).all() and str(told["person"]) == "p1" and told["empty"].shape == (0, 6)
    assert list(told) == ["values", "person", "empty"]


@pytest.mark.parametrize(
    "content, said",
    [
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000)}"), "size is not what"),
        (header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}") + b"\x80\x04N.", "holds Python objects"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"), "size is not what"),
        (header("__import__('os').system('true')"), "damaged"),
        (b"\x93NUMPY\x09\x00", "format"),
        (b"no array", "magic"),
        (b"", "damaged"),
    ],
)
def test_what_was_not_stored_here_is_one_sentence(tmp_path, content, said):
    (tmp_path / "a.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("values.npy", content)
    for read in (
        lambda: read_array(tmp_path / "a.npy"),
        lambda: read_array(tmp_path / "a.npy", mapped=True),
        lambda: read_arrays(tmp_path / "a.npz", ["values"]),
    ):
        with pytest.raises(InputError, match=said) as caught:
            read()
        assert "\n" not in str(caught.value) and "delete it" in str(caught.value)


def test_archives_that_grow_or_lack_something_are_refused(tmp_path):
    np.savez_compressed(tmp_path / "bomb.npz", values=np.zeros(10**6))
    with pytest.raises(InputError, match="`values.npy` is compressed"):
        read_arrays(tmp_path / "bomb.npz", ["values"])
    np.savez(tmp_path / "less.npz", other=VALUES)
    with pytest.raises(InputError, match="values.npy"):
        read_arrays(tmp_path / "less.npz", ["values"])
    whole = io.BytesIO()
    np.savez(whole, values=VALUES)
    for cut in (0, 10, len(whole.getvalue()) // 2, len(whole.getvalue()) - 1):
        (tmp_path / "cut.npz").write_bytes(whole.getvalue()[:cut])
        with pytest.raises(InputError, match="damaged"):
            read_arrays(tmp_path / "cut.npz", ["values"])


def test_another_shape_than_wanted_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", VALUES)
    assert (read_array(tmp_path / "a.npy", (3, None)) == VALUES).all()
    for shape in ((4, 3), (3,), (None, 3)):
        with pytest.raises(InputError, match=r"its shape is \(3, 4\)"):
            read_array(tmp_path / "a.npy", shape)


def test_rows_are_one_array_of_the_type_of_the_first(tmp_path):
    write_rows(tmp_path / "a.npy", (row for row in VALUES.astype(np.float32)), 3)
    np.save(tmp_path / "b.npy", VALUES.astype(np.float32))
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
    for rows, said in (([VALUES[0], VALUES[1][:2]], "the shape"), ([VALUES[0]], "1 rows were written instead of 2")):
        with pytest.raises(ValueError, match=said):
            write_rows(tmp_path / "c.npy", rows, 2)


def test_rows_that_do_not_fit_on_the_disk_are_an_error_and_not_the_end_of_the_process(tmp_path):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("the system has no device that is always full")
    with pytest.raises(OSError, match="No space left"):
        write_rows(full, [np.zeros(100_000)] * 3, 3)
