"""`micron-bert prepare`: crops that `load_dataset` reads; what was left out is told; other settings are refused."""

import datasets
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from micron_bert.cli.main import main


@pytest.fixture
def recordings(tmp_path):
    """A clip of a face and one of a wall."""
    folder = tmp_path / "recordings"
    lines = ["subject,clip,frames,onset,apex,offset,fps,emotion"]
    scenes = {"anna": astronaut()[:260, 100:360], "wall": np.full((260, 260, 3), 90, np.uint8)}
    for subject, scene in scenes.items():
        (folder / subject).mkdir(parents=True)
        for number in range(3):
            Image.fromarray(np.roll(scene, number, axis=0)).save(folder / subject / f"img{number}.png")
        lines.append(f"{subject},1,{subject},0,1,2,30,happiness")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_crops_are_written_and_other_settings_refused(recordings, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["prepare", "folder", str(recordings), "--output", str(out), "--size", "64"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(out) and "left out: wall/1: no face was found" in printed.err.lower()
    read = datasets.load_dataset(str(out), split="train", cache_dir=str(tmp_path / "cache"))
    assert read["subject"][:] == ["anna"] and read[0]["frames"][0].size == (64, 64)
    assert main([*command, "--label", "three"]) == 2
    assert "was begun with `label` = `emotion`, not `three`" in capsys.readouterr().err


def test_folder_of_another_kind_is_refused(recordings, tmp_path, capsys):
    assert main(["prepare", "casme2", str(recordings), "--output", str(tmp_path / "no")]) == 2
    error = capsys.readouterr().err
    assert "has no sheet" in error and error.count("\n") == 1 and not (tmp_path / "no").exists()
