"""What training asks of Transformers that is not its default, apart from it: `--help` does not load it."""

from dataclasses import dataclass

from micron_bert.arguments.option import option


@dataclass
class TrainingDefaults:
    """The fields of [`MicronBertTrainingArguments`] that [`~transformers.TrainingArguments`] has not, or not so."""

    _argument_group_name = "training"

    output_dir: str | None = option(None, "folder that the result goes to", aliases=["--output"])
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
    checkpoint_buffer: str | None = option(
        None, "fast folder of this machine, such as /dev/shm, from which checkpoints are copied while training goes on"
    )
    resume: bool = option(True, "continue an interrupted run of the same command")
    processes: int = option(1, "processes to start on this machine")


@dataclass
class PretrainingDefaults(TrainingDefaults):
    """The same of [`PretrainingArguments`]."""

    average_decay: float = option(0.0, "decay of the mean of the weights that is kept beside them, such as 0.999")


@dataclass
class FoldDefaults(TrainingDefaults):
    """The same of [`FoldTrainingArguments`]."""

    output_dir: str | None = option(None, "folder of the evaluation", aliases=["--output"])
    num_train_epochs: float = option(
        30, "passes over the training part of a fold; 0 tests a model as it is", aliases=["--epochs"]
    )
    processes: int = option(1, "processes, each with a fold at a time")
    learning_rate: float = option(1e-3, "peak of the learning rate")
    warmup_steps: float = option(0.05, "steps of warm-up, or their share of all when below 1")
    dataloader_num_workers: int = option(0, "the frames of all clips are ready before training")
    save_strategy: str = option("no", "an interrupted evaluation continues at the next fold")
    logging_strategy: str = option("no", "the folds are quiet")
    disable_tqdm: bool | None = option(True, "the folds are quiet")
