"""Two processes on the CPU, joined by gloo: the same global batch gives the same model, whole or in shards."""

import json
import subprocess
import sys
from copy import deepcopy

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file
from torch import distributed, multiprocessing
from torch.distributed.fsdp import fully_shard
from transformers import TrainerState

from micron_bert import (
    MicronBertConfig,
    MicronBertForPreTraining,
    MicronBertForVideoClassification,
    MicronBertModel,
)
from micron_bert.arguments.recipe_file import RECIPES
from micron_bert.training.average import FOLDER, WEIGHTS, AverageWeights
from micron_bert.training.pretrain import main

PROCESSES = 2
KINDS = [
    (MicronBertModel, {}),
    (MicronBertForVideoClassification, {"classifier": "positional"}),
    *((MicronBertForPreTraining, {"objective": one}) for one in ("swapping", "displacement", "future")),
]


@pytest.mark.slow
def test_two_processes_learn_what_one_does_from_the_same_global_batch(mini_recipe, mini_sizes, clips_folder, tmp_path):
    config = mini_sizes | {"num_hidden_layers": 1, "objective": "future"}
    # the spread is one of a batch, so it depends on who has which pairs
    config |= {"agreement_variance_weight": 0.0}
    entries = {"dataset": str(clips_folder), "num_pairs": 12, "test_pairs": 4, "config": config}
    entries |= {"optim": "sgd", "learning_rate": 0.1}  # of Adam, the first steps make much of rounding
    main([mini_recipe(**entries)])
    runs = [tmp_path / "run", tmp_path / "two"]
    other = mini_recipe(**entries, output_dir=str(runs[1]))
    command = [sys.executable, "-m", "micron_bert.training.pretrain", other, "--processes", str(PROCESSES)]
    subprocess.run([*command, "--per_device_train_batch_size", "2"], check=True)
    weights = [load_file(run / "model.safetensors") for run in runs]
    for name, one in weights[0].items():
        torch.testing.assert_close(weights[1][name], one, rtol=1e-4, atol=1e-5)
    losses = [json.loads((run / "metrics.json").read_text())["loss"] for run in runs]
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)


def loss_of(kind, model, frames, masks):
    if kind is MicronBertModel:
        return model(frames).micro_hidden_state.square().mean()
    if kind is MicronBertForVideoClassification:
        return model(frames, labels=torch.zeros(len(frames), dtype=torch.long)).loss
    masks = masks if model.config.objective == "swapping" else None
    boxes = torch.tensor([[0.0, 0.0, 0.5, 0.5]]).expand(len(frames), -1)
    return model(frames, swap_mask=masks, crop_boxes=boxes).loss


def step(kind, model, frames, masks):
    loss_of(kind, model, frames, masks).backward()
    torch.optim.SGD([one for one in model.parameters() if one.requires_grad], lr=0.1).step()
    if hasattr(model, "follow"):
        model.follow()


def shard_and_compare(rank, meeting, sizes):
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=PROCESSES)
    frames = torch.randn(4, 2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    masks = torch.arange(16).expand(4, 16) % 2 == 0
    own = slice(2 * rank, 2 * rank + 2)
    for kind, fields in KINDS:
        torch.manual_seed(0)
        config = MicronBertConfig(
            **sizes | fields, micro_attention="displaced", displaced_window=16, classifier_dropout=0.0
        )
        whole = kind(config)
        sharded = deepcopy(whole)
        for module in list(sharded.modules()):
            if type(module).__name__ in sharded._no_split_modules:
                fully_shard(module)
        fully_shard(sharded)
        step(kind, whole, frames, masks)
        step(kind, sharded, frames[own], masks[own])
        after = dict(whole.named_parameters())
        for name, one in sharded.named_parameters():
            torch.testing.assert_close(one.full_tensor(), after[name], rtol=1e-4, atol=1e-5, msg=f"{kind} {name}")
    distributed.destroy_process_group()


@pytest.mark.slow
def test_fully_sharded_models_take_the_same_step(mini_sizes, tmp_path):
    multiprocessing.spawn(shard_and_compare, (str(tmp_path / "meeting"), mini_sizes), nprocs=PROCESSES)


def average_shared_weights(rank, folder, config):
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=PROCESSES)
    torch.manual_seed(0)
    model = MicronBertModel(config)
    before = {name: one.detach().clone() for name, one in model.named_parameters()}
    fully_shard(model)
    average = AverageWeights(0.5, folder)
    average.on_train_begin(None, None, None, model=model)
    average.on_optimizer_step(None, TrainerState(global_step=100), None, model=model)
    with average.instead(model):
        for name, one in model.named_parameters():  # the average that was stored is one more than each weight
            torch.testing.assert_close(one.full_tensor(), before[name] + 0.5, msg=name)
    for name, one in model.named_parameters():
        assert torch.equal(one.full_tensor(), before[name]), name
    distributed.destroy_process_group()


@pytest.mark.slow
def test_weights_that_processes_share_out_are_averaged(mini_config, tmp_path):
    torch.manual_seed(0)
    stored = {name: one.detach() + 1 for name, one in MicronBertModel(mini_config).named_parameters()}
    (tmp_path / FOLDER).mkdir()
    save_file(stored, tmp_path / FOLDER / WEIGHTS)
    multiprocessing.spawn(average_shared_weights, (str(tmp_path), mini_config), nprocs=PROCESSES)


@pytest.mark.parametrize("path", sorted((RECIPES / "accelerate").glob("*.yaml")), ids=lambda path: path.stem)
def test_settings_of_accelerate_are_what_it_reads(path):
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.utils import DistributedType

    config = load_config_from_file(str(path))
    kinds = {"one_gpu": DistributedType.NO, "fsdp": DistributedType.FSDP}
    assert config.distributed_type == kinds.get(path.stem, DistributedType.MULTI_GPU)
    if path.stem == "fsdp":
        wrapped = yaml.safe_load(path.read_text())["fsdp_config"]["fsdp_transformer_layer_cls_to_wrap"]
        assert config.fsdp_config["fsdp_version"] == 2 and wrapped in MicronBertModel._no_split_modules
