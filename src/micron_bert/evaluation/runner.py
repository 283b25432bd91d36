"""All folds, one after the other or several at once, each in a process of its own; done ones are not done again."""

import json
import logging
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import cv2
import numpy as np

from micron_bert.evaluation.fold import Experiment, run_fold
from micron_bert.stored_arrays import read_array
from micron_bert.workers import run_jobs

_experiment: Experiment | None = None
_inputs: np.ndarray | None = None
_worker = ExitStack()  # left when the process ends


def run_folds(
    experiment: Experiment, seeds: Sequence[int], processes: int = 1, progress: Callable[[dict], None] | None = None
) -> list[list[dict]]:
    """
    Runs what has not been run yet. A fold computes with one thread, so the result is the same for any `processes`.

    Args:
        experiment ([`Experiment`]):
            What to run.
        seeds (`Sequence[int]`):
            All folds with each.
        processes (`int`, defaults to 1):
            Processes; where there are several GPUs, each takes the next one.
        progress (`Callable[[dict], None]`, *optional*):
            Called with the result of every fold, those of an earlier run first.

    Returns:
        `list[list[dict]]`: for each seed, what [`run_fold`] gave for each fold.
    """
    report, results, missing = progress or (lambda result: None), {}, []
    for job in [(number, seed) for seed in seeds for number in range(len(experiment.folds))]:
        stored = _stored(experiment, *job)
        if stored is None:
            missing.append(job)
        else:
            results[job] = stored
            report(stored)
    processes = min(processes, len(missing))
    for job, result in _in_processes(experiment, missing, processes) if processes > 1 else _here(experiment, missing):
        results[job] = result
        report(result)
    return [[results[number, seed] for number in range(len(experiment.folds))] for seed in seeds]


def _stored(experiment: Experiment, number: int, seed: int) -> dict | None:
    try:
        record = json.loads(experiment.path(number, seed).read_text(encoding="utf-8"))
        return record if isinstance(record, dict) else None
    except (OSError, ValueError, RecursionError):
        return None


def _here(experiment: Experiment, jobs: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], dict]]:
    inputs = read_array(experiment.inputs, mapped=True)
    with one_thread():
        for job in jobs:
            yield job, run_fold(experiment, *job, inputs)


def _in_processes(
    experiment: Experiment, jobs: Sequence[tuple[int, int]], processes: int
) -> Iterator[tuple[tuple[int, int], dict]]:
    started = multiprocessing.get_context("spawn").Value("i", 0)
    yield from run_jobs(_run_in_worker, jobs, processes, _start_worker, (experiment, started))


def _start_worker(experiment: Experiment, started) -> None:
    global _experiment, _inputs
    with started.get_lock():
        place, started.value = started.value, started.value + 1
    _use_one_gpu(place)
    _worker.enter_context(one_thread())
    _experiment, _inputs = experiment, read_array(experiment.inputs, mapped=True)


def _use_one_gpu(place: int) -> None:
    """Hides all GPUs but one, before CUDA starts in this process."""
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    count = torch.cuda.device_count() if visible is None else 0
    names = [name for name in visible.split(",") if name] if visible is not None else list(map(str, range(count)))
    if len(names) > 1:
        os.environ["CUDA_VISIBLE_DEVICES"] = names[place % len(names)]


def _run_in_worker(number: int, seed: int) -> dict:
    return run_fold(_experiment, number, seed, _inputs)


@contextmanager
def one_thread():
    """One thread for each library that computes: another number of threads adds up in another order."""
    import torch
    from threadpoolctl import threadpool_limits
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    # what a checkpoint gives and what is new is the same in every fold
    logging.getLogger("micron_bert.checkpoints.starting_model").setLevel(logging.ERROR)
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
