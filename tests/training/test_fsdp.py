"""
Weights that processes share out, from `accelerate launch` to the finished run.

`accelerate` shares out weights on GPUs only. A stand-in tells it that two processes on the CPU, joined by gloo, are
those of GPUs; all else is what users run.
"""

import json
import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from micron_bert import MicronBertForPreTraining
from micron_bert.arguments.recipe_file import RECIPES
from micron_bert.training.pretrain import main

STAND_IN = """
import sys
from accelerate.state import PartialState
from accelerate.utils import DistributedType
from micron_bert.arguments.exit_code import exit_code
from micron_bert.training import launch, pretrain

begin = PartialState.__init__

def begin_as_on_gpus(self, *args, **kwargs):
    begin(self, *args, **kwargs)
    if self.distributed_type == DistributedType.MULTI_CPU:
        self.distributed_type = DistributedType.MULTI_GPU

PartialState.__init__, launch.check_gpus = begin_as_on_gpus, lambda: None
sys.exit(exit_code(pretrain.main))
"""
SETTINGS = RECIPES / "accelerate" / "fsdp.yaml"


@pytest.fixture
def shared(tmp_path):
    """Pre-trains on two processes that share out the weights; what it printed."""
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN)

    def run(recipe, *options, settings=SETTINGS, fails=False):
        command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(settings)]
        done = subprocess.run(
            [*command, "--num_processes", "2", str(script), recipe, "--per_device_train_batch_size", "2", *options],
            capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        assert bool(done.returncode) is fails, done.stderr
        return done.stderr

    return run


@pytest.fixture
def entries(clips_folder, mini_sizes):
    config = mini_sizes | {"num_hidden_layers": 1, "objective": "future", "agreement_variance_weight": 0.0}
    entries = {"dataset": str(clips_folder), "num_pairs": 24, "test_pairs": 4, "config": config, "average_decay": 0.9}
    return entries | {"save_strategy": "steps", "save_steps": 2, "save_total_limit": 9}


def weights_of(run):
    return [load_file(run / part / "model.safetensors") for part in ("", "average")]


@pytest.mark.slow
def test_they_learn_what_whole_weights_do(shared, entries, mini_recipe, tmp_path):
    entries |= {"optim": "sgd", "learning_rate": 0.01}  # of Adam, the first steps make much of rounding
    shared(mini_recipe(**entries))
    main([mini_recipe(**entries, output_dir=str(tmp_path / "whole"))])
    for one, other in zip(weights_of(tmp_path / "run"), weights_of(tmp_path / "whole"), strict=True):
        for name, weight in one.items():
            torch.testing.assert_close(weight, other[name], rtol=1e-4, atol=1e-5, msg=name)
    config = MicronBertForPreTraining.from_pretrained(tmp_path / "run").config
    assert config.architectures == ["MicronBertForPreTraining"]
    assert config.auto_map["AutoModelForPreTraining"] == "pretraining_micron_bert.MicronBertForPreTraining"
    code = {path.stem for path in (tmp_path / "run").glob("*.py")}
    assert "pretraining_micron_bert" in code and all(name.endswith("_micron_bert") for name in code)
    assert len(list((tmp_path / "run" / "micro_maps").iterdir())) == 3


@pytest.mark.slow
def test_half_precision_is_that_of_whole_weights(shared, entries, mini_recipe, tmp_path):
    """FSDP's own would round the frames, and with them what moves."""
    fields = {"objective": "displacement", "micro_attention": "displaced", "displaced_window": 16}
    entries |= {"config": entries["config"] | fields, "optim": "sgd", "learning_rate": 0.01, "bf16": True}
    shared(mini_recipe(**entries))
    main([mini_recipe(**entries, output_dir=str(tmp_path / "whole"))])
    losses = [json.loads((tmp_path / run / "metrics.json").read_text())["loss"] for run in ("run", "whole")]
    assert losses[0] == pytest.approx(losses[1], rel=5e-4)


@pytest.mark.slow
def test_interrupted_run_goes_on_to_the_same_weights(shared, entries, mini_recipe, tmp_path):
    shared(mini_recipe(**entries))
    whole = weights_of(tmp_path / "run")
    for step in (4, 6):
        (tmp_path / "run" / f"checkpoint-{step}" / "trainer_state.json").unlink()  # as if killed
    assert "checkpoint-2" in shared(mini_recipe(**entries))
    for one, other in zip(whole, weights_of(tmp_path / "run"), strict=True):
        assert all(torch.equal(weight, other[name]) for name, weight in one.items())


@pytest.mark.slow
def test_settings_that_keep_the_weights_in_parts_are_refused(shared, entries, mini_recipe, tmp_path):
    settings = tmp_path / "parts.yaml"
    settings.write_text(SETTINGS.read_text().replace("FULL_STATE_DICT", "SHARDED_STATE_DICT"))
    told = shared(mini_recipe(**entries), settings=settings, fails=True)
    assert "error: These settings of `accelerate` keep the weights in parts" in told
