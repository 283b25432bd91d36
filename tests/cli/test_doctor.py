"""`micron-bert doctor`: what is there, what is missing, where to ask for it."""

import json

import numpy as np
import pytest
from PIL import Image

from micron_bert.cli.main import main


@pytest.fixture
def recordings(tmp_path):
    """Two clips by a sheet, of which one has no pictures."""
    folder = tmp_path / "recordings"
    for number in range(5):
        path = folder / "anna" / f"img{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), 40 * number, np.uint8)).save(path)
    lines = ["subject,clip,frames,onset,apex,offset,fps,emotion", "anna,1,anna,0,2,4,30,happiness"]
    (folder / "metadata.csv").write_text("\n".join([*lines, "ben,1,ben,0,2,4,30,fear"]) + "\n", encoding="utf-8")
    return folder


def test_report_names_what_is_missing(recordings, capsys):
    main(["doctor", "folder", str(recordings)])
    printed = capsys.readouterr().out
    assert "2 clips in the sheet or folder, 1 with their pictures" in printed and "ben" in printed
    main(["doctor", "folder", str(recordings), "--json"])
    (dropped,) = json.loads(capsys.readouterr().out)["report"]["remarks"]
    assert "ben" in dropped["row"]


def test_without_a_copy_it_says_where_to_ask(tmp_path, capsys):
    assert main(["doctor", "samm", str(tmp_path / "none")]) == 1
    assert "Manchester Metropolitan University" in capsys.readouterr().out
    assert main(["doctor", "mmew"]) == 1 and "benxianyeteam/MMEW-Dataset" in capsys.readouterr().out
    assert main(["doctor", "list"]) == 0 and "smic_hs_e" in capsys.readouterr().out


def test_unknown_dataset_is_refused(tmp_path, capsys):
    assert main(["doctor", "casme9", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "no dataset `casme9`" in error and error.count("\n") == 1


def test_gpu_tells_where_each_step_runs_and_what_the_kernels_would_do(capsys):
    assert main(["doctor", "gpu", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    steps = {step["step"]: step for step in told["steps"]}
    assert {"decoding", "face models", "encoder", "micro-attention", "course head"} <= set(steps)
    if told["gpu"]["capability"] is None:
        assert steps["encoder"]["device"] == "processor" and "needs an NVIDIA GPU" in steps["micro-attention"]["how"]
    assert any(kernel.startswith("displaced, float32") for kernel in told["kernels"])
    assert any("diagonal, bfloat16" in kernel for kernel in told["kernels"])
    assert main(["doctor", "gpu"]) == 0 and "course head: " in capsys.readouterr().out
