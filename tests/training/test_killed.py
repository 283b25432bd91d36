"""Pre-training by the command, killed at a random moment: the same command ends as if nobody had disturbed it."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import torch
from safetensors.torch import load_file

STEPS, SAVED = 20, 3
PATIENCE = 300  # seconds until a checkpoint must be there, on a machine that is busy with other things
TIMED = {"pairs_per_second", "waiting_per_second", "eval_runtime", "eval_samples_per_second", "eval_steps_per_second"}


def command(recipe, folder, workers):
    options = {"output_dir": folder, "dataloader_num_workers": workers}
    return [sys.executable, "-m", "micron_bert", "pretrain", recipe, *(f"--{k}={v}" for k, v in options.items())]


def ends_at(folder):
    """Every line of the log without what a clock says, and both sets of weights."""
    state = json.loads((folder / f"checkpoint-{STEPS}" / "trainer_state.json").read_text())
    lines = [{name: one for name, one in line.items() if name not in TIMED} for line in state["log_history"]]
    return lines, [load_file(folder / part / "model.safetensors") for part in ("", "average")]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills processes as Unix does")
def test_losses_and_weights_are_the_same_to_the_last_bit(mini_recipe, shards_at, tmp_path):
    entries = {"shards": shards_at(tmp_path / "shards", clips=3), "num_pairs": 4 * STEPS, "test_pairs": 4}
    entries |= {"save_strategy": "steps", "save_steps": SAVED, "logging_steps": 1, "average_decay": 0.9}
    recipe, draw = mini_recipe(**entries), random.Random(11)
    subprocess.run(command(recipe, tmp_path / "whole", 0), check=True)
    log, weights = ends_at(tmp_path / "whole")
    assert [line["step"] for line in log] == list(range(1, STEPS + 1)) and all("loss" in line for line in log)
    for workers in (0, 2):
        folder = tmp_path / f"workers{workers}"
        there = folder / f"checkpoint-{SAVED * draw.randint(1, 3)}"
        run = subprocess.Popen(command(recipe, folder, workers), start_new_session=True)
        end = time.monotonic() + PATIENCE
        while run.poll() is None and not there.exists() and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(draw.uniform(0, 0.3))
        assert run.poll() is None, "it ended before it could be killed"
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        again = subprocess.run(command(recipe, folder, workers), check=True, capture_output=True, text=True)
        assert "Continuing from" in again.stderr
        log_again, weights_again = ends_at(folder)
        assert log_again == log
        for one, other in zip(weights, weights_again, strict=True):
            assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())
