"""Making shards by datatrove: on this machine, on a Slurm cluster, or on a Ray cluster."""

import os
import sys
from dataclasses import dataclass, field

from datatrove.data import Document, DocumentsPipeline
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from loguru import logger

from micron_bert.data.shards.plan import LOGS, Plan, read_plan
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store
from micron_bert.errors import InputError

EXECUTORS = ("local", "slurm", "ray")


class FilmsToShard(PipelineStep):
    """
    The step of a task: the films of one shard in, the shard out. It does nothing where the shard is there.

    Args:
        address (`str`):
            The output, with its plan.
    """

    name, type = "🎬 Films to shard", "🔻 - FACES"

    def __init__(self, address: str):
        super().__init__()
        self.address = address

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        import cv2

        cv2.setNumThreads(1)  # a task for each core is parallel enough
        store = Store(self.address)
        record = make_shard(store, read_plan(store), rank)
        frames = sum(film["frames"] for film in record["films"].values())
        print(f"shard {rank}: {len(record['clips'])} clips from {frames} frames", file=sys.stderr, flush=True)
        self.stat_update("clips", value=len(record["clips"]), unit="shard")
        self.stat_update("frames", value=frames, unit="shard")
        self.stat_update("films_with_errors", value=sum("error" in film for film in record["films"].values()))
        yield Document(text="", id=str(rank), metadata={"clips": len(record["clips"])})


@dataclass(frozen=True)
class Cluster:
    """
    Attributes:
        executor (`str`): `"local"`, `"slurm"` or `"ray"`.
        processes (`int`): tasks at once.
        partition (`str`), time (`str`), memory (`int`): of a Slurm task: its partition, limit (`HH:MM:SS`) and GB.
        options (`dict[str, str]`): further options of `sbatch`, such as the account.
        setup (`str`): shell commands with which a Slurm task begins, such as those that load an environment.
    """

    executor: str = "local"
    processes: int = 1
    partition: str = "cpu"
    time: str = "04:00:00"
    memory: int = 4
    options: dict = field(default_factory=dict)
    setup: str = ""

    def __post_init__(self):
        if self.executor not in EXECUTORS:
            raise InputError(f"`executor` is `{self.executor}`; choose among {', '.join(EXECUTORS)}.")
        if self.processes < 1:
            raise InputError(f"`processes` is `{self.processes}`; it must be 1 at least.")


def make_shards(store: Store, plan: Plan, cluster: Cluster) -> None:
    """
    Makes the shards that are missing; returns when they are there, or on Slurm when the tasks are queued.

    Raises:
        [`InputError`]: Ray is not installed.
    """
    logs = f"{store.address}/{LOGS}"
    _forget_lost_shards(store, plan)
    pipeline, tasks = [FilmsToShard(store.address)], plan.shards
    if cluster.executor == "local":
        processes = min(cluster.processes, tasks)
        logger.disable("datatrove.executor.local")  # statistics in a hundred lines; they are in the folder of logs
        _Local(pipeline, tasks, processes, logging_dir=logs, start_method="spawn").run()
    elif cluster.executor == "ray":
        try:
            from datatrove.executor.ray import RayPipelineExecutor
        except ImportError as error:
            raise InputError("The Ray executor needs Ray: `pip install 'micron-bert[ray]'`.") from error
        RayPipelineExecutor(pipeline, tasks, cluster.processes, logging_dir=logs).run()
    else:
        from datatrove.executor.slurm import SlurmPipelineExecutor

        SlurmPipelineExecutor(
            pipeline,
            tasks,
            cluster.time,
            cluster.partition,
            workers=cluster.processes,
            mem_per_cpu_gb=cluster.memory,
            job_name="micron-bert-shard",
            env_command=cluster.setup or f"export PATH={os.path.dirname(sys.executable)}:$PATH",
            logging_dir=logs,
            sbatch_args=cluster.options or None,
        ).run()


class _Local(LocalPipelineExecutor):
    """An executor whose tasks all log to their files, and to the screen errors only."""

    def _run_for_rank(self, rank: int, local_rank: int = 0, node_rank: int = -1):
        return super()._run_for_rank(rank, local_rank + 1, node_rank)


def _forget_lost_shards(store: Store, plan: Plan) -> None:
    """Tasks count as done where their record is there: what was deleted since is made anew."""
    clips, records = store.names("data"), store.names("records")
    for shard in range(plan.shards):
        path = plan.clips_path(shard).rpartition("/")[2]
        recorded = plan.record_path(shard).rpartition("/")[2] in records
        if recorded and path not in clips and make_shard(store, plan, shard)["sha256"] is not None:
            store.remove(plan.record_path(shard))
            recorded = False
        if not recorded:
            store.remove(f"{LOGS}/completions/{shard:05d}")
