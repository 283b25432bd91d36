"""From a command line to a job: one process or several, and errors in one sentence."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

import torch
from transformers.utils.logging import disable_progress_bar

from micron_bert.arguments.data import DataArguments
from micron_bert.arguments.model import ModelArguments
from micron_bert.arguments.recipe import parse_recipe
from micron_bert.arguments.training import MicronBertTrainingArguments, launched_to_share
from micron_bert.checkpoints.starting_model import make_config
from micron_bert.errors import InputError


def run_job(
    job: Callable,
    argv: Sequence[str] | None,
    description: str,
    sources: tuple[str, ...],
    training_kind: type[MicronBertTrainingArguments] = MicronBertTrainingArguments,
) -> int:
    """
    Reads the arguments, checks them, runs the job and prints where its result is.

    Args:
        job (`Callable`):
            [`~micron_bert.training.finetune.finetune`] or [`~micron_bert.training.pretrain.pretrain`].
        argv (`Sequence[str]`, *optional*):
            `[RECIPE.yaml] [--name value ...]`; those of the program when left out.
        description (`str`):
            For `--help`.
        sources (`tuple[str, ...]`):
            Sources of data that the job can use.
        training_kind (`type`, defaults to [`MicronBertTrainingArguments`]):
            The training arguments that the job takes.

    Returns:
        `int`: 0, or another number when one of several processes failed.

    Raises:
        InputError: something in the arguments or the data cannot be used.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    check_gpus()
    kinds = (ModelArguments, DataArguments, training_kind)
    model, data, training = parse_recipe(argv, kinds, f"micron-bert {job.__name__}", description)
    data.source(sources)
    make_config(model)
    # `torchrun` and `accelerate launch` have started their processes already
    if training.processes > 1 and "LOCAL_RANK" not in os.environ:
        return start_processes(f"micron_bert.training.{job.__name__}", argv, training.processes)
    disable_progress_bar()  # of loading and saving; training has its own
    scores = job(model, data, training)
    if training.process_index == 0:
        numbers = [f"{name.replace('_', ' ')} {value:.4f}" for name, value in scores.items() if type(value) is float]
        result = ", ".join(numbers) or "nobody was held out to score it"
        print(f"{training.output_dir}: {scores['steps']} steps on {scores['pairs']} pairs; {result}")
    return 0


def check_gpus() -> None:
    """
    Compares what the launcher that started this process asks for with the GPUs of this machine.

    Raises:
        InputError: weights are to be shared out without a GPU, for which `accelerate` would give each process the
            whole model without a word; or there are more processes than GPUs.
    """
    processes, gpus = int(os.environ.get("LOCAL_WORLD_SIZE", 1)), torch.cuda.device_count()
    if launched_to_share() and not gpus:
        fault = (
            "These settings of `accelerate` share out the weights (FSDP), which it does on GPUs, and there is none "
            "here; use `one_node.yaml`, or `--processes N` without `accelerate`."
        )
    elif 0 < gpus < processes:
        fault = f"{processes} processes were started and there are {gpus} GPUs here; start as many as there are GPUs."
    else:
        return
    raise InputError(fault)


def start_processes(module: str, argv: Sequence[str], processes: int) -> int:
    """
    Runs a module once per process, joined by `torch.distributed`: NCCL on GPUs, gloo on the CPU.

    Args:
        module (`str`):
            What to run, as after `python -m`.
        argv (`Sequence[str]`):
            Its arguments.
        processes (`int`):
            How many, all on this machine.

    Returns:
        `int`: 0, or 1 if a process failed.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    return subprocess.run([*command, "-m", module, *argv]).returncode
