"""What can be set of the optimisation: Transformers' arguments with this model's defaults."""

import os
from dataclasses import dataclass

import torch
from transformers import TrainingArguments

from micron_bert.arguments.option import option
from micron_bert.errors import InputError


@dataclass
class MicronBertTrainingArguments(TrainingArguments):
    """
    How to optimise: [`~transformers.TrainingArguments`] with these differences.

    - `learning_rate` 2e-3 (for width 96; 1e-3 for 192), `lr_scheduler_type` cosine, `warmup_steps` 0.02 of all steps,
      `weight_decay` 0.05, `adam_beta2` 0.98: the recipe that learned best on synthetic pairs.
    - `per_device_train_batch_size` 32, `per_device_eval_batch_size` 64, `num_train_epochs` 1.
    - `train_sampling_strategy` sequential: the data put themselves in order by `(seed, index)`, so that a run is the
      same after an interruption and with any number of processes.
    - `remove_unused_columns` off and `label_names` set, since the datasets yield what the model takes.
    - `dataloader_num_workers` -1: one core trains and the others prepare the data (at most 16 workers a process).
    - `logging_steps` 50, `save_steps` 250, `save_total_limit` 2.

    Args:
        resume (`bool`, defaults to `True`):
            Whether the same command continues an interrupted run from its last complete checkpoint.
        processes (`int`, defaults to 1):
            Processes to start on this machine, each on a GPU of its own or on the CPU. `accelerate launch` and
            `torchrun` set their own.
    """

    _argument_group_name = "training"

    learning_rate: float = option(2e-3, "peak of the learning rate")
    lr_scheduler_type: str = option("cosine", "schedule of the learning rate")
    warmup_steps: float = option(0.02, "steps of warm-up, or their share of all when below 1")
    weight_decay: float = option(0.05, "weight decay")
    adam_beta2: float = option(0.98, "decay of the second moment")
    per_device_train_batch_size: int = option(32, "pairs per step and process")
    per_device_eval_batch_size: int = option(64, "pairs per step and process when scoring")
    num_train_epochs: float = option(1, "passes over a stored dataset")
    train_sampling_strategy: str = option("sequential", "the data put themselves in order")
    remove_unused_columns: bool = option(False, "the datasets yield what the model takes")
    label_names: list[str] | None = option(["labels"], "what the model calls labels")
    dataloader_num_workers: int = option(-1, "processes that prepare data; -1: all cores but one")
    logging_steps: float = option(50, "steps between two lines of the log")
    save_steps: float = option(250, "steps between two checkpoints")
    save_total_limit: int | None = option(2, "checkpoints that are kept")
    resume: bool = option(True, "continue an interrupted run of the same command")
    processes: int = option(1, "processes to start on this machine")

    def __post_init__(self):
        if not self.output_dir:
            raise InputError("`output_dir` is missing; name the folder that the result goes to.")
        if self.processes < 1:
            raise InputError(f"`processes` must be at least 1, got `{self.processes}`.")
        if self.train_sampling_strategy != "sequential":
            raise InputError(
                f"`train_sampling_strategy` must be `sequential`, got `{self.train_sampling_strategy}`; "
                "the data are shuffled by `seed` already."
            )
        if not torch.cuda.is_available() and int(os.environ.get("WORLD_SIZE", "1")) > 1:
            self.use_cpu, self.ddp_backend = True, self.ddp_backend or "gloo"
        if self.dataloader_num_workers < 0:
            self.dataloader_num_workers = min(16, self.cores - 1)
        self.dataloader_pin_memory = self.dataloader_pin_memory and torch.cuda.is_available()
        try:
            super().__post_init__()
        except ValueError as error:
            raise InputError(f"The training arguments do not fit together: {error}") from error

    @property
    def cores(self) -> int:
        """CPU cores of this machine for each of its processes."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, cores // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
