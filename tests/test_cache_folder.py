"""The user's cache lies where Hugging Face keeps its files, and what lies in the earlier place is not made again."""

import os
import subprocess
import sys
from pathlib import Path

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
