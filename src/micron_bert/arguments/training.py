"""Options of the optimisation: Transformers' arguments with this model's defaults."""

import hashlib
import os
from dataclasses import dataclass

import torch
from transformers import TrainingArguments

from micron_bert.arguments.number import check_bounds
from micron_bert.arguments.training_defaults import FoldDefaults, PretrainingDefaults, TrainingDefaults
from micron_bert.errors import InputError

BOUNDS = {
    "processes": (1, 1024),
    "per_device_train_batch_size": (1, 2**20),
    "per_device_eval_batch_size": (1, 2**20),
    "gradient_accumulation_steps": (1, 2**20),
    "num_train_epochs": (0, 2**31),
    "max_steps": (-1, 2**40),
    "learning_rate": (0, 100),
    "warmup_steps": (0, 2**40),
    "weight_decay": (0, 100),
    "adam_beta1": (0, 0.999999),
    "adam_beta2": (0, 0.999999),
    "adam_epsilon": (0, 1),
    "max_grad_norm": (0, None),
    "logging_steps": (0, 2**40),
    "save_steps": (0, 2**40),
    "eval_steps": (0, 2**40),
    "save_total_limit": (1, 2**31),
    "dataloader_num_workers": (-1, 1024),
    "seed": (0, 2**32 - 1),
    "data_seed": (0, 2**32 - 1),
}


@dataclass
class MicronBertTrainingArguments(TrainingDefaults, TrainingArguments):
    """
    How to optimise: [`~transformers.TrainingArguments`] with these differences.

    - `learning_rate` 2e-3 (for width 96; 1e-3 for 192), `lr_scheduler_type` cosine, `warmup_steps` 0.02 of all steps,
      `weight_decay` 0.05, `adam_beta2` 0.98: the recipe that learned best on synthetic pairs.
    - `per_device_train_batch_size` 32, `per_device_eval_batch_size` 64, `num_train_epochs` 1.
    - `train_sampling_strategy` sequential: the data put themselves in order by `(seed, index)`, so that a run is the
      same after an interruption and with any number of processes.
    - `remove_unused_columns` off and `label_names` set, since the datasets yield what the model takes.
    - `dataloader_num_workers` -1: one core trains and the others prepare the data (at most 16 workers a process).
    - `run_name` follows from `output_dir`, so that a run that goes on adds to its own curves.
    - `logging_steps` 50, `save_steps` 250, `save_total_limit` 2.

    Args:
        resume (`bool`, defaults to `True`):
            Whether the same command continues an interrupted run from its last complete checkpoint.
        checkpoint_buffer (`str`, *optional*):
            Fast folder of this machine, such as `/dev/shm`: training waits until a checkpoint is there, and goes on
            while it is copied to `output_dir`.
        processes (`int`, defaults to 1):
            Processes to start on this machine, each on a GPU of its own or on the CPU. `accelerate launch` and
            `torchrun` set their own.
    """

    _argument_group_name = "training"

    def __post_init__(self):
        if not self.output_dir:
            raise InputError("`output_dir` is missing; name the folder that the result goes to.")
        check_bounds(self, BOUNDS)
        if self.hub_token:  # Transformers puts it into `training_args.bin`, and that on the Hub
            raise InputError(
                "`hub_token` would be written into the files of the run; run `hf auth login`, or set HF_TOKEN."
            )
        if self.train_sampling_strategy != "sequential":
            raise InputError(
                f"`train_sampling_strategy` must be `sequential`, got `{self.train_sampling_strategy}`; "
                "the data are shuffled by `seed` already."
            )
        # what is logged after training, or when a run goes on, belongs to the same curves
        self.run_name = self.run_name or name_of(self.output_dir)
        if not torch.cuda.is_available() and int(os.environ.get("WORLD_SIZE", "1")) > 1:
            self.use_cpu, self.ddp_backend = True, self.ddp_backend or "gloo"
        if self.dataloader_num_workers < 0:
            self.dataloader_num_workers = min(16, self.cores - 1)
        self.dataloader_pin_memory = self.dataloader_pin_memory and torch.cuda.is_available()
        try:
            super().__post_init__()
        except (ValueError, TypeError, ImportError) as error:  # one that needs a package which is not there, too
            reason = " ".join(str(error).split())
            raise InputError(f"The training arguments do not fit together: {reason}") from error

    @property
    def keeps_average(self) -> bool:
        """Whether a running mean of the weights is kept beside them."""
        return False

    @property
    def shares_weights(self) -> bool:
        """Whether each process holds a part of the weights (FSDP)."""
        return launched_to_share() or bool(self.fsdp)

    @property
    def cores(self) -> int:
        """CPU cores of this machine for each of its processes."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, cores // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def launched_to_share() -> bool:
    """Whether `accelerate launch` was told that the processes share out the weights (FSDP)."""
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"


def name_of(folder: str | os.PathLike) -> str:
    """The last part of a path, and what tells it from another folder of that name."""
    folder = os.path.abspath(folder)
    return f"{os.path.basename(folder)}-{hashlib.sha256(folder.encode()).hexdigest()[:6]}"


@dataclass
class PretrainingArguments(PretrainingDefaults, MicronBertTrainingArguments):
    """
    How to pre-train: [`MicronBertTrainingArguments`] with one more option.

    Args:
        average_decay (`float`, defaults to 0):
            Decay of a running mean of the weights, such as 0.999 or 0.9999: it is measured and saved beside the model,
            as the model `average`. 0 keeps none.
    """

    def __post_init__(self):
        check_bounds(self, {"average_decay": (0, 0.9999999)})
        super().__post_init__()

    @property
    def keeps_average(self) -> bool:
        return self.average_decay > 0


@dataclass
class FoldTrainingArguments(FoldDefaults, MicronBertTrainingArguments):
    """
    How a fold is trained: [`MicronBertTrainingArguments`] with `num_train_epochs` 30 and `learning_rate` 1e-3.

    `output_dir` is the folder of the whole evaluation. Each of the `processes` trains one fold at a time, on a GPU of
    its own where there are several. The seed is that of the run, the data are in memory, and only predictions are
    kept of a fold.
    """
