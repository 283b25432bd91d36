"""The fast folder that checkpoints go through: one for each run and process, and nothing stays in it."""

import shutil

import pytest

from micron_bert.errors import InputError
from micron_bert.training import checkpoint_buffer
from micron_bert.training.checkpoint_buffer import CheckpointBuffer


@pytest.fixture
def buffer(tmp_path):
    folder = tmp_path / "fast"
    folder.mkdir()
    return folder


def test_a_checkpoint_is_copied_whole_and_only_so_many_stay(buffer, tmp_path):
    through, run = CheckpointBuffer(buffer, tmp_path / "run", 0, 0), tmp_path / "run"
    for step in (2, 10, 4):  # the run went on from 2, since 10 was cut off
        for name in ("trainer_state.json", "average/model.safetensors"):
            path = through.folder / f"checkpoint-{step}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{name} {step}")
        through.send(2)
        through.wait()
        assert through.is_idle() and not list(through.folder.iterdir())
    assert sorted(path.name for path in run.iterdir()) == ["checkpoint-10", "checkpoint-4"]
    assert (run / "checkpoint-4" / "average" / "model.safetensors").read_text() == "average/model.safetensors 4"
    through.close()
    assert not list(buffer.iterdir())


def test_a_checkpoint_that_is_replaced_is_not_complete_meanwhile_and_folders_of_the_user_stay(
    buffer, tmp_path, monkeypatch
):
    run, there = tmp_path / "run", ("checkpoint-2/trainer_state.json", "checkpoint-keep/model.safetensors")
    for name in there:
        (run / name).parent.mkdir(parents=True)
        (run / name).write_text("of before")
    through, copied = CheckpointBuffer(buffer, run, 0, 0), shutil.copyfile
    (through.folder / "checkpoint-2").mkdir()
    for name in ("trainer_state.json", "model.safetensors"):
        (through.folder / "checkpoint-2" / name).write_text("of today")

    def looks(source, target):
        assert not (run / there[0]).exists()
        return copied(source, target)

    monkeypatch.setattr(checkpoint_buffer.shutil, "copyfile", looks)
    through.send(1)
    through.wait()
    assert [(run / name).read_text() for name in there] == ["of today", "of before"]


def test_what_a_killed_run_left_behind_goes_and_that_of_others_stays(buffer, tmp_path):
    left = CheckpointBuffer(buffer, tmp_path / "run", 0, 0)
    other = CheckpointBuffer(buffer, tmp_path / "other", 0, 0)
    for one in (left, other):
        (one.folder / "checkpoint-2").mkdir()
    again = CheckpointBuffer(buffer, tmp_path / "run", 0, 0)
    assert again.folder == left.folder and not list(again.folder.iterdir())
    assert (other.folder / "checkpoint-2").is_dir()


def test_a_buffer_without_space_is_told_with_both_sizes(buffer, tmp_path, monkeypatch):
    free = type("Usage", (), {"free": 60_000_000})
    monkeypatch.setattr(checkpoint_buffer.shutil, "disk_usage", lambda where: free)
    with pytest.raises(InputError, match=r"A checkpoint takes 2\.5 GB, and .* has 0\.1 GB free"):
        CheckpointBuffer(buffer, tmp_path / "run", 0, 2_500_000_000)
