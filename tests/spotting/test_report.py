"""The files of a spotting, on a disk that is full."""

import errno
from contextlib import nullcontext

import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.spotting import Curve, report
from micron_bert.spotting.interval import Spotting


@pytest.fixture
def still():
    """A second and a half in which nothing was spotted."""
    times = np.arange(0, 1.5, 0.1)
    regions = dict.fromkeys(("brows", "eyes", "nose", "mouth", "cheeks"), times)
    curve = Curve(times, np.arange(len(times)), times, regions, times >= 0)
    return Spotting(curve, [], 10.0, {0: curve}, None, {"micro": 0.5, "macro": 0.5}, None)


def test_on_a_full_disk_the_results_stay_as_they_were(still, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "open_video", lambda source, fps: nullcontext())
    out = tmp_path / "out"
    written = report.write_report(still, "film.mp4", out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    assert {file.name for file in written} == set(before) and "result.json" in before

    def fill_up(figure, kind):
        raise OSError(errno.ENOSPC, "No space left on device", f"curve.{kind}")

    monkeypatch.setattr(report, "to_bytes", fill_up)
    for folder in (out, tmp_path / "new"):
        with pytest.raises(InputError, match="cannot be written to .*No space left on device: .*curve.png"):
            report.write_report(still, "film.mp4", folder)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert not (tmp_path / "new").exists()
