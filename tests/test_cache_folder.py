"""The user's cache lies where Hugging Face keeps its files, and what lies in the earlier place is not made again."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from micron_bert.cache_folder import is_kept, read_kept
from micron_bert.stored_arrays import read_array

PRINT = "from micron_bert.cache_folder import cache_folder; print(cache_folder('face_models'))"


def folder(home: Path, **environment: str) -> Path:
    """As a new process finds it, for the settings are read when the library is loaded."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "XDG_"))}
    settings = {**clean, "HOME": str(home), "USERPROFILE": str(home), **environment}
    printed = subprocess.run([sys.executable, "-c", PRINT], env=settings, capture_output=True, text=True, check=True)
    return Path(printed.stdout.strip())


def test_settings_of_hugging_face_are_honoured(tmp_path):
    inside = Path("micron_bert") / "face_models" / "default"
    assert folder(tmp_path) == tmp_path / ".cache" / "huggingface" / "assets" / inside
    assert folder(tmp_path, HF_HOME=str(tmp_path / "hf")) == tmp_path / "hf" / "assets" / inside


def test_earlier_place_stays_in_use(tmp_path):
    earlier = tmp_path / ".cache" / "micron_bert" / "face_models"
    earlier.mkdir(parents=True)
    assert folder(tmp_path) == earlier


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"no array"])
def test_damaged_result_is_told_and_made_anew_and_a_whole_one_is_not(tmp_path, damage, caplog):
    place, made = tmp_path / "kept.npy", []

    def make():
        made.append(1)
        np.save(place, np.arange(3.0))

    def read():
        return read_array(place, (3,))

    with caplog.at_level(logging.WARNING):
        assert read_kept(place, read, make).tolist() == read_kept(place, read, make).tolist() == [0, 1, 2]
        assert len(made) == 1 and not caplog.records
        place.write_bytes(damage)
        assert read_kept(place, read, make).tolist() == [0, 1, 2]
    assert len(made) == 2 and str(place) in caplog.text and "made anew" in caplog.text


def test_a_folder_that_lacks_a_file_is_removed(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "times.npy").write_bytes(b"half")
    assert not is_kept(tmp_path / "kept", lambda: read_array(tmp_path / "kept" / "frames.npy"))
    assert not (tmp_path / "kept").exists()
