"""Who works on the tasks of a plan: processes of this machine, a Slurm cluster, or a Ray cluster."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep

from micron_bert.data.shards.cluster import Cluster
from micron_bert.errors import InputError, KilledError
from micron_bert.workers import run_jobs

KILLED = "its process was killed twice, perhaps for want of memory"


def run_here(step: PipelineStep, tasks: int, logs: str, processes: int) -> Iterator[tuple[int, str | None]]:
    """
    Runs the tasks that are not done in processes of this machine.

    Each is a task of datatrove's executor. Its pool, however, waits for ever for a process that was killed and ends
    with the first task that fails, so the processes are those of `run_jobs`.

    Yields:
        `(task, fault)`: as they are done, with a sentence where one failed.
    """
    waiting = _executor(step, tasks, logs).get_incomplete_ranks()
    taken: list[int] = []
    done: set[int] = set()
    try:
        yield from _run(step, tasks, logs, _note(waiting, taken), processes, done)
    except KilledError:  # one of those at work took the others along: which one shows when each is alone
        suspects = [task for task in taken if task not in done]
        rest = [task for task in waiting if task not in done and task not in suspects]
        for suspect in suspects:
            try:
                yield from _run(step, tasks, logs, [suspect], 2, done)  # in a process that is not this one
            except KilledError:
                yield suspect, KILLED
        if rest:
            yield from run_here(step, tasks, logs, processes)


def run_on_slurm(
    step: PipelineStep, tasks: int, logs: str, cluster: Cluster, name: str = "shard", skip_completed: bool = True
) -> str | None:
    """
    Queues the tasks that are not done; returns the number of the job, None where all are done.

    Raises:
        [`InputError`]: there is no `sbatch` here, or it refuses.
    """
    from datatrove.executor.slurm import SlurmPipelineExecutor

    if shutil.which("sbatch") is None:
        raise InputError("There is no `sbatch` here; run this on a machine of the cluster that can submit jobs.")
    executor = SlurmPipelineExecutor(
        [step],
        tasks,
        cluster.time,
        cluster.partition,
        workers=cluster.processes,
        mem_per_cpu_gb=cluster.memory,
        job_name=f"micron-bert-{name}",
        qos=None,  # not every cluster has one called `normal`; the options may name another
        env_command=cluster.setup or f"export PATH={os.path.dirname(sys.executable)}:$PATH",
        logging_dir=logs,
        skip_completed=skip_completed,
        sbatch_args=cluster.options or None,
    )
    try:
        executor.run()
    except subprocess.CalledProcessError as error:
        raise InputError("`sbatch` refused the job; it says why above.") from error
    return None if executor.job_id == -1 else str(executor.job_id)


def run_on_ray(step: PipelineStep, tasks: int, logs: str, cluster: Cluster, skip_completed: bool = True) -> None:
    """
    Runs the tasks that are not done on the Ray cluster of `RAY_ADDRESS`, or one that is started here.

    Raises:
        [`InputError`]: Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody unless the user says so
    # workers that Ray starts here are as nice as can be, unless told: a busy machine would never give them a turn
    os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        import ray  # noqa: F401  (datatrove asks for it only later)
        from datatrove.executor.ray import RayPipelineExecutor
    except ImportError as error:
        raise InputError("The Ray executor needs Ray: `pip install 'micron-bert[ray]'`.") from error
    RayPipelineExecutor(
        [step],
        tasks,
        cluster.processes,
        logging_dir=logs,
        mem_per_cpu_gb=cluster.memory,
        skip_completed=skip_completed,
    ).run()


def _run(
    step: PipelineStep, tasks: int, logs: str, ranks: Iterable[int], processes: int, done: set[int]
) -> Iterator[tuple[int, str | None]]:
    jobs = ((step, tasks, logs, rank) for rank in ranks)
    for (*_, rank), fault in run_jobs(_run_task, jobs, processes):
        done.add(rank)
        yield rank, fault


def _note(ranks: list[int], taken: list[int]) -> Iterator[int]:
    for rank in ranks:
        taken.append(rank)
        yield rank


def _run_task(step: PipelineStep, tasks: int, logs: str, rank: int) -> str | None:
    """One task, with its log in the folder of logs; the sentence that says why it failed."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # datatrove shows the whole trace, which the log has as well
            _executor(step, tasks, logs)._run_for_rank(rank)
    except InputError as error:
        return str(error)
    return None


def _executor(step: PipelineStep, tasks: int, logs: str) -> LocalPipelineExecutor:
    return LocalPipelineExecutor([step], tasks, logging_dir=logs)
