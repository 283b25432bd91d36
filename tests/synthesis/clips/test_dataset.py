import json
import os
import subprocess
import sys

import numpy as np
import pytest
from datasets import load_dataset

from micron_bert.errors import InputError
from micron_bert.labels.emotions import LABELS
from micron_bert.synthesis.clips import dataset as module
from micron_bert.synthesis.clips.dataset import DatasetSettings, write_dataset
from micron_bert.synthesis.portraits import Portrait

SETTINGS = DatasetSettings(clips=8, size=64, fps=25.0, clips_per_shard=3)


@pytest.fixture(scope="module")
def portraits(photograph, photograph_landmarks):
    """Four people, who look alike."""
    one = Portrait.from_photograph("one", photograph, photograph_landmarks, 64)
    return [Portrait(name, one.image, one.landmarks) for name in ("one", "two", "three", "four")]


@pytest.fixture(scope="module")
def written(portraits, tmp_path_factory):
    return write_dataset(portraits, tmp_path_factory.mktemp("written") / "clips", SETTINGS)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_datasets_reads_it(written, tmp_path):
    data = load_dataset(str(written), cache_dir=str(tmp_path))
    assert {split: len(rows) for split, rows in data.items()} == {"train": 6, "test": 2}
    assert data["train"].features["label"].names == list(LABELS)
    assert not set(data["train"]["subject"]) & set(data["test"]["subject"])
    for row in data["train"]:
        assert np.asarray(row["frames"][0]).shape == (64, 64, 3)
        assert 0 < row["onset"] < row["apex"] < row["offset"] < len(row["frames"])
        assert np.shape(row["displacement"]) == (4, 8, 8)
        assert bool(row["action_units"]) == (row["label"] != LABELS.index("none"))
        assert row["dataset"] == "synthetic"
    assert len(set(data["train"]["clip"]) | set(data["test"]["clip"])) == 8


def test_several_processes_write_the_same_bytes(written, portraits, tmp_path):
    again = write_dataset(portraits, tmp_path / "clips", SETTINGS, processes=2)
    assert contents(again) == contents(written)


def test_an_interrupted_run_goes_on_at_the_next_shard(written, portraits, tmp_path, monkeypatch):
    make_shard, made = module._make_shard, []

    def interrupted(shard):
        if len(made) == 1:
            raise KeyboardInterrupt
        made.append(shard.path.name)
        return make_shard(shard)

    monkeypatch.setattr(module, "_make_shard", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_dataset(portraits, tmp_path / "clips", SETTINGS)
    assert [path.name for path in (tmp_path / "clips" / "data").iterdir()] == made

    monkeypatch.setattr(module, "_make_shard", lambda shard: made.append(shard.path.name) or make_shard(shard))
    counts = []
    write_dataset(portraits, tmp_path / "clips", SETTINGS, progress=counts.append)
    assert len(made) == len(set(made)) == 3
    assert sum(counts) == 8
    assert contents(tmp_path / "clips") == contents(written)


def test_a_failure_leaves_no_half_written_shard(portraits, tmp_path, monkeypatch):
    def fails(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr("datasets.Dataset.to_parquet", fails)
    with pytest.raises(OSError, match="disk full"):
        write_dataset(portraits, tmp_path / "clips", SETTINGS)
    assert not list((tmp_path / "clips" / "data").iterdir())


def test_a_folder_of_other_settings_is_refused(written, portraits):
    before = contents(written)
    with pytest.raises(InputError, match="`seed` = `0`, not `1`"):
        write_dataset(portraits, written, DatasetSettings(**{**SETTINGS.__dict__, "seed": 1}))
    with pytest.raises(InputError, match="`faces`"):
        write_dataset(portraits[:3], written, SETTINGS)
    assert contents(written) == before


def test_a_folder_with_something_else_is_refused(portraits, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="something else"):
        write_dataset(portraits, tmp_path, SETTINGS)
    with pytest.raises(InputError, match="is a file"):
        write_dataset(portraits, tmp_path / "thesis.txt", SETTINGS)


def test_one_person_is_refused(portraits, tmp_path):
    with pytest.raises(InputError, match="two people"):
        write_dataset(portraits[:1], tmp_path / "clips", SETTINGS)
    assert not (tmp_path / "clips").exists()


@pytest.mark.parametrize(
    "wrong", [{"clips": 1}, {"fps": 5.0}, {"size": 60}, {"amplitude": (2.0, 1.0)}, {"amplitude": (0.0, 1.0)}]
)
def test_bad_settings_are_refused(wrong):
    with pytest.raises(InputError, match=f"`{next(iter(wrong))}`"):
        DatasetSettings(**{"clips": 10, **wrong})


def test_command_makes_a_data_set_and_refuses_bad_input(photograph, tmp_path):
    from PIL import Image

    faces = tmp_path / "faces"
    faces.mkdir()
    for name in ("anna_1.png", "bert_1.png"):
        Image.fromarray(photograph).save(faces / name)

    def run(*arguments):
        command = [sys.executable, "-m", "micron_bert.cli", "synthesize", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})

    done = run(faces, tmp_path / "out", "--clips", 3, "--size", 32, "--seed", 4)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(str(tmp_path / "out"))
    assert json.loads((tmp_path / "out" / "synthesis.json").read_text())["seed"] == 4
    assert len(list((tmp_path / "out" / "data").glob("*.parquet"))) == 2

    refused = run(tmp_path / "nowhere", tmp_path / "other")
    assert refused.returncode == 2
    assert "does not exist" in refused.stderr and "Traceback" not in refused.stderr
    assert not (tmp_path / "other").exists()
