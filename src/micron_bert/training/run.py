"""A run and its folder: where it continues, with which settings, and how its result is written."""

import ctypes
import json
import logging
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import cv2
import torch
import yaml

from micron_bert.arguments.training import MicronBertTrainingArguments
from micron_bert.errors import InputError
from micron_bert.output_folder import check_output, write_text
from micron_bert.training.resume import (
    has_checkpoints,
    is_complete,
    last_complete_checkpoint,
    processes_of,
    shares_weights,
)
from micron_bert.training.trainer import MicronBertTrainer

logger = logging.getLogger(__name__)

SETTINGS = "training.yaml"
FINISHED = "metrics.json"  # written last
WAY_OUT = "choose another `output_dir` or remove this one"
WRITTEN = (SETTINGS, "config.json", "model*.safetensors*", "preprocessor_config.json", "subjects.json", FINISHED)
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of mallopt(3)

# what may differ between a run and its continuation: it changes nothing about the weights
_FREE = ("output_dir", "resume", "cache", "processes", "disable_tqdm", "use_cpu", "project", "per_device_eval")
_FREE += ("logging_", "log_", "save_", "eval_", "dataloader_", "ddp_", "report_", "run_", "trackio_", "hub_", "push_")
_FREE += ("checkpoint_buffer",)


def start_of(training: MicronBertTrainingArguments, settings: dict) -> str | None:
    """
    The checkpoint to continue from, after a look at what the folder of the run holds.

    Args:
        training ([`MicronBertTrainingArguments`]):
            Folder and whether to resume.
        settings (`dict`):
            What [`settings_of`] gave; must be what the run was started with.

    Raises:
        InputError: the folder holds another run.
    """
    folder = Path(training.output_dir)
    check_output(
        folder, (), WRITTEN, lambda there: (there / SETTINGS).is_file() or has_checkpoints(there), "output_dir"
    )
    finished = (folder / FINISHED).is_file()
    if finished or has_checkpoints(folder):
        _check_settings(folder, settings)
    if training.resume_from_checkpoint:
        if not is_complete(Path(training.resume_from_checkpoint), training.world_size, training.keeps_average):
            raise InputError(f"There is no complete checkpoint at `{training.resume_from_checkpoint}`.")
        return _same_sharing(Path(training.resume_from_checkpoint), training)
    if not has_checkpoints(folder):
        if finished:
            logger.warning("`%s` holds a finished run with these settings, which is made again.", folder)
        return None
    if not training.resume:
        raise InputError(f"`{folder}` holds checkpoints of an earlier run; {WAY_OUT}.")
    checkpoint = last_complete_checkpoint(folder, training.world_size, training.keeps_average)
    others = {processes_of(path) for path in folder.glob("checkpoint-*")} - {0, training.world_size}
    if checkpoint is None and others:
        raise InputError(
            f"`{folder}` holds a run of `{max(others)}` processes, but there are `{training.world_size}` now; "
            f"start as many, or {WAY_OUT}."
        )
    if checkpoint is None:
        logger.warning("No checkpoint in `%s` is complete, so the run starts from its beginning.", folder)
        return None
    logger.warning("Continuing from `%s`.", checkpoint)
    return _same_sharing(checkpoint, training)


def _same_sharing(checkpoint: Path, training: MicronBertTrainingArguments) -> str:
    """The checkpoint; raises [`InputError`] unless its weights were shared out as those of the run are."""
    shared = shares_weights(checkpoint)
    if shared != training.shares_weights:
        settings = "with `fsdp.yaml`" if shared else "without FSDP"
        raise InputError(
            f"`{checkpoint}` was written by processes that {'shared' if shared else 'did not share'} out the weights; "
            f"start this run {settings} as well, or {WAY_OUT}."
        )
    return str(checkpoint)


def _check_settings(folder: Path, settings: dict) -> None:
    """Raises [`InputError`] unless the run in a folder was begun with these settings, as far as they make weights."""
    try:
        before = yaml.safe_load((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        before = None
    if not isinstance(before, dict):
        raise InputError(f"`{folder}` holds a run, but no readable `{SETTINGS}` that tells which one; {WAY_OUT}.")
    for name in sorted(before.keys() | settings.keys(), key=str):
        if before.get(name) != settings.get(name) and not str(name).startswith(_FREE):
            was, now = (str(value.get(name, "the default")) for value in (before, settings))
            raise InputError(
                f"`{folder}` holds a run with another `{name}` (`{was}`, now `{now}`), which cannot be continued; "
                f"{WAY_OUT}."
            )


def share_cores(training: MicronBertTrainingArguments) -> None:
    """Leaves the cores to the workers that were asked for; respects `OMP_NUM_THREADS`."""
    cv2.setNumThreads(1)
    if training.device.type == "cpu" and "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, training.cores - training.dataloader_num_workers))


def keep_memory() -> None:
    """
    Keeps the memory of large tensors between steps, on Linux, from now on in this process.

    The C library would give it back each time, and the kernel clears every page when it is asked for again; a step of
    `tiny` takes a tenth less time without that, at 2 % more memory (`python benchmarks/training_step_cpu.py`).
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library than GNU's
            mallopt = ctypes.CDLL("libc.so.6").mallopt
            mallopt(M_MMAP_MAX, 0)
            mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def train(trainer: MicronBertTrainer, settings: dict, checkpoint: str | None) -> None:
    """Writes the settings beside the checkpoints, then trains to the end."""
    if trainer.is_world_process_zero():
        Path(trainer.args.output_dir).mkdir(parents=True, exist_ok=True)
        write_text(Path(trainer.args.output_dir, SETTINGS), yaml.safe_dump(settings, sort_keys=True))
    trainer.accelerator.wait_for_everyone()
    if trainer.args.device.type == "cpu":
        keep_memory()
    trainer.train(resume_from_checkpoint=checkpoint)


def save(trainer: MicronBertTrainer, reports: dict[str, dict]) -> Path:
    """
    Puts the model, its image processor and the reports into the folder of the run, each file complete or not at all.

    Args:
        trainer ([`MicronBertTrainer`]):
            With the trained model.
        reports (`dict[str, dict]`):
            File name to content, written as JSON, the last one last: it tells that the run is finished.

    Returns:
        `Path`: the folder.
    """
    folder = Path(trainer.args.output_dir)
    draft = folder / ".writing"
    trainer.save_model(str(draft), _internal_call=True)
    if trainer.is_world_process_zero():
        # a pickle of the arguments, which training.yaml holds in plain words
        for path in draft.rglob("training_args.bin"):
            path.unlink()
        for path in sorted(path for path in draft.rglob("*") if path.is_file()):
            place = folder / path.relative_to(draft)
            place.parent.mkdir(exist_ok=True)
            os.replace(path, place)
        shutil.rmtree(draft)
        for name, report in reports.items():
            write_text(folder / name, json.dumps(report, indent=2) + "\n")
    trainer.accelerator.wait_for_everyone()
    return folder
