"""Checkpoints that are copied while training goes on: the run is the same one, and nothing is lost on the way."""

import errno
import os
import shutil
import subprocess
import sys
import threading

import pytest
import torch
from safetensors.torch import load_file
from transformers import TrainerCallback

from micron_bert.errors import InputError
from micron_bert.training import buffered_trainer, checkpoint_buffer, pretrain
from micron_bert.training.resume import is_complete


@pytest.fixture
def buffer(tmp_path):
    folder = tmp_path / "fast"
    folder.mkdir()
    return folder


@pytest.fixture
def train(mini_recipe, clips_folder, tmp_path):
    def train(folder, **more):
        entries = {"dataset": str(clips_folder), "num_pairs": 24, "test_pairs": 4, "average_decay": 0.9}
        entries |= {"save_strategy": "steps", "save_steps": 2, "output_dir": str(tmp_path / folder)}
        pretrain.main([mini_recipe(**entries | more)])
        return tmp_path / folder

    return train


def weights_of(folder):
    return [load_file(folder / part / "model.safetensors") for part in ("", "average")]


def test_run_is_the_same_and_goes_on_from_what_was_copied(train, buffer):
    whole, run = train("whole"), train("run", checkpoint_buffer=str(buffer))
    saved = [{path.relative_to(one) for path in one.rglob("*")} for one in (whole, run)]
    assert saved[0] == saved[1]
    assert sorted(path.name for path in run.glob("checkpoint-*")) == ["checkpoint-4", "checkpoint-6"]
    assert not list(buffer.iterdir())
    (run / "checkpoint-6" / "trainer_state.json").unlink()  # as if killed
    train("run", checkpoint_buffer=str(buffer))
    for one, other in zip(weights_of(whole), weights_of(run), strict=True):
        assert all(torch.equal(weight, other[name]) for name, weight in one.items())


@pytest.mark.slow
def test_each_process_copies_what_it_has_written(mini_recipe, clips_folder, buffer, tmp_path):
    entries = {"dataset": str(clips_folder), "num_pairs": 24, "test_pairs": 4, "per_device_train_batch_size": 2}
    entries |= {"save_strategy": "steps", "save_steps": 2, "checkpoint_buffer": str(buffer)}
    command = [sys.executable, "-m", "micron_bert.training.pretrain", mini_recipe(**entries), "--processes", "2"]
    subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    found = sorted((tmp_path / "run").glob("checkpoint-*"))
    assert [path.name for path in found] == ["checkpoint-4", "checkpoint-6"]
    assert all(is_complete(path, processes=2) for path in found) and not list(buffer.iterdir())


class OpensTheDisk(TrainerCallback):
    def __init__(self, opened):
        self.opened = opened

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == 4:  # two steps after the checkpoint
            self.opened.set()


def test_training_goes_on_while_the_disk_takes_its_time(train, buffer, monkeypatch):
    opened, copied = threading.Event(), shutil.copyfile

    def slowly(source, target):
        assert "fast" in str(target) or opened.wait(60), "training waits for the disk"
        return copied(source, target)

    monkeypatch.setattr(checkpoint_buffer.shutil, "copyfile", slowly)
    begin = buffered_trainer.BufferedTrainer.train
    monkeypatch.setattr(
        buffered_trainer.BufferedTrainer,
        "train",
        lambda self, *args, **kwargs: self.add_callback(OpensTheDisk(opened)) or begin(self, *args, **kwargs),
    )
    assert is_complete(train("run", checkpoint_buffer=str(buffer)) / "checkpoint-6", average=True)


def test_full_disk_ends_the_run_and_leaves_the_checkpoint_before(train, buffer, monkeypatch, tmp_path):
    copied = shutil.copyfile

    def until_it_is_full(source, target):
        if "checkpoint-4" in str(target) and target.name == "optimizer.pt":
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        return copied(source, target)

    monkeypatch.setattr(checkpoint_buffer.shutil, "copyfile", until_it_is_full)
    with pytest.raises(OSError, match="No space left on device"):
        train("run", checkpoint_buffer=str(buffer))
    assert is_complete(tmp_path / "run" / "checkpoint-2", average=True)
    assert not is_complete(tmp_path / "run" / "checkpoint-4", average=True)
    assert not list(buffer.iterdir())


@pytest.mark.parametrize(
    "options, told",
    [
        ({"checkpoint_buffer": "nowhere"}, "`checkpoint_buffer` cannot be used: No such file or directory: `nowhere`"),
        (
            {"checkpoint_buffer": ".", "load_best_model_at_end": True, "eval_strategy": "steps", "eval_steps": 2},
            "`checkpoint_buffer` and `load_best_model_at_end` cannot be used together",
        ),
    ],
)
def test_what_cannot_be_is_told_before_training(train, tmp_path, monkeypatch, options, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=told):
        train("run", **options)
