"""The benchmark of spotting as its readers start it, with films of seconds."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "spotting.py"


@pytest.mark.slow
def test_prints_a_table_for_every_part(tmp_path, monkeypatch, capsys):
    for number in range(4):
        image = astronaut()[:, :: 1 - 2 * (number % 2)]
        Image.fromarray((image * (1 - 0.1 * number)).astype(np.uint8)).save(tmp_path / f"person{number}.png")
    sizes = {"films": 1, "calm": 1, "fast": 1, "tuning": 1, "duration": 8, "fast-duration": 4, "processes": 1}
    options = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", ["spotting.py", str(tmp_path), "--output", str(tmp_path / "out"), *options])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    said = capsys.readouterr().out
    for part in ("30 fps", "200 fps", "together"):
        assert f"{part}:" in said
    assert said.count("| μ-BERT |") == 3 and said.count("| optical flow (MDMD) |") == 3
    assert "4 films of 0.5 minutes" in said
    assert len(list((tmp_path / "out").glob("*/found/*.json"))) == 7
