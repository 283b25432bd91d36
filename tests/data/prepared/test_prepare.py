import json

import datasets
import numpy as np
import pytest

from micron_bert.cli.main import main
from micron_bert.data import load
from micron_bert.data.examples.stored import StoredClips
from micron_bert.data.prepared.crops import CropSettings, crop_row
from micron_bert.data.prepared.prepare import prepare
from micron_bert.errors import InputError
from tests.data.prepared.conftest import table


@pytest.fixture
def small_shards(monkeypatch):
    """Two pairs to a file."""
    monkeypatch.setattr("micron_bert.data.prepared.prepare.SHARD_FRAMES", 4)


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_pairs(loaded, tmp_path):
    done = prepare(loaded, tmp_path / "out", CropSettings())
    assert done.clips == 4
    assert done.failures[0] == {"clip": "wall/1", "reason": "no face was found"}
    assert done.failures[1]["clip"] == "cleo/damaged" and "apex 11" in done.failures[1]["reason"]
    stored = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))["train"]
    assert [(row["subject"], row["clip"], row["label"]) for row in stored] == [
        ("anna", "1", "happiness"),
        ("anna", "2", "disgust"),
        ("ben", "1", "surprise"),
        ("ben", "2", "others"),
    ]
    row = stored[0]
    assert (row["onset"], row["apex"], row["offset"], row["apex_from"]) == (0, 1, None, "annotated")
    assert row["frame_numbers"] == [9, 11] and row["frames"][0].size == (112, 112)
    assert row["action_units"] == [{"number": 12, "side": "both", "intensity": ""}]
    # what moved between the two crops is the mouth, not the eyes
    onset, apex = (np.asarray(frame, float).mean(axis=2) for frame in row["frames"])
    change = np.abs(apex - onset)
    assert change[70:95, 35:80].mean() > 3 * change[25:50, 20:90].mean()
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["clips"] == 4 and [failure["clip"] for failure in report["failures"]] == ["wall/1", "cleo/damaged"]
    assert "do not publish" in (tmp_path / "out" / "README.md").read_text()


def test_two_workers_write_the_same_bytes(loaded, tmp_path, small_shards):
    one, two = tmp_path / "one", tmp_path / "two"
    seen = []
    prepare(loaded, one, CropSettings(), processes=1, progress=seen.append)
    prepare(loaded, two, CropSettings(), processes=2)
    assert sum(seen) == 6 and len(list((one / "data").glob("*.parquet"))) == 3
    assert bytes_of(one) == bytes_of(two)


def test_a_damaged_record_beside_a_shard_is_named_and_made_anew(loaded, tmp_path, small_shards):
    prepare(loaded, tmp_path / "out", CropSettings())
    whole = bytes_of(tmp_path / "out")
    shard = sorted((tmp_path / "out" / "data").glob("*.parquet"))[0]
    beside = shard.with_name(f".{shard.stem}.json")
    for text in (None, "{", "[]", '{"clips": 2}', '{"clips": 1, "failures": [3], "remarks": []}'):
        beside.unlink() if text is None else beside.write_text(text)
        with pytest.raises(InputError, match=f"{beside.name}` is damaged or missing; delete it and `{shard.name}`"):
            prepare(loaded, tmp_path / "out", CropSettings())
    beside.unlink()
    shard.unlink()
    prepare(loaded, tmp_path / "out", CropSettings())
    assert bytes_of(tmp_path / "out") == whole


def test_interrupted_run_goes_on_without_redoing(loaded, tmp_path, small_shards, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    prepare(loaded, whole, CropSettings())

    def interrupt(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(loaded, broken, CropSettings(), progress=interrupt)
    written = {path.name: path.stat().st_mtime_ns for path in (broken / "data").glob("*.parquet")}
    assert len(written) == 1
    (broken / "data" / ".train-00001-of-00003.parquet.123").write_bytes(b"half")  # what a killed process leaves
    asked = []

    monkeypatch.setattr(
        "micron_bert.data.prepared.prepare.crop_row", lambda *given: asked.append(given) or crop_row(*given)
    )
    prepare(loaded, broken, CropSettings())
    assert len(asked) == 4  # of six clips, two were done
    assert bytes_of(broken) == bytes_of(whole)
    assert all((broken / "data" / name).stat().st_mtime_ns == time for name, time in written.items())
    prepare(loaded, broken, CropSettings())
    assert len(asked) == 4


def test_other_settings_or_another_folder_are_refused(loaded, tmp_path):
    prepare(loaded, tmp_path / "out", CropSettings())
    with pytest.raises(InputError, match="was begun with `size` = `112`, not `64`"):
        prepare(loaded, tmp_path / "out", CropSettings(size=64))
    fewer = type(loaded)(loaded.clips.select(range(2)), loaded.report)
    with pytest.raises(InputError, match="was begun with `clips`"):
        prepare(fewer, tmp_path / "out", CropSettings())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("x")
    with pytest.raises(InputError, match="holds something else"):
        prepare(loaded, tmp_path / "other", CropSettings())
    with pytest.raises(InputError, match="is a file"):
        prepare(loaded, tmp_path / "other" / "letter.txt", CropSettings())


def test_nothing_to_prepare_is_said(loaded, tmp_path):
    wall = type(loaded)(loaded.clips.filter(lambda row: row["subject"] == "wall"), loaded.report)
    with pytest.raises(InputError, match="No clip .* could be prepared; `wall/1`: no face was found"):
        prepare(wall, tmp_path / "out", CropSettings())
    assert not (tmp_path / "out").exists(), "nothing is left of it"


def test_long_videos_without_labels_are_cut_into_pieces(recordings, tmp_path, monkeypatch):
    import shutil

    monkeypatch.setattr("micron_bert.data.prepared.prepare.PIECE_FRAMES", 2)
    shutil.copytree(recordings / "ben" / "1", tmp_path / "part_B" / "spNO.1" / "a" / "color")
    for path in sorted((tmp_path / "part_B" / "spNO.1" / "a" / "color").iterdir()):
        path.rename(path.with_name(path.name.removeprefix("img")))
    prepare(load("casme3_b", tmp_path), tmp_path / "out", CropSettings(frames="clip", apex=("none",)))
    rows = table(tmp_path / "out")
    assert rows["clip"][:] == ["a_9", "a_11", "a_13"]
    assert rows["frame_numbers"][:] == [[9, 10], [11, 12], [13]]
    StoredClips(rows, "pieces", need_positions=False)


def test_command(recordings, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["prepare", "folder", str(recordings), "--output", str(out), "--size", "64"]
    command += ["--apex", "annotated", "midpoint"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(out) and "left out: wall/1: no face was found" in printed.err
    assert table(out)[0]["frames"][0].size == (64, 64)
    assert main([*command, "--label", "three"]) == 2
    assert "was begun with `label` = `emotion`, not `three`" in capsys.readouterr().err
    assert main(["prepare", "casme2", str(recordings), "--output", str(tmp_path / "no")]) == 2
    assert "has no sheet" in capsys.readouterr().err and not (tmp_path / "no").exists()
