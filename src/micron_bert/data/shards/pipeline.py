"""Making the shards of a plan, each as a task of datatrove."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from datatrove.data import Document, DocumentsPipeline
from datatrove.pipeline.base import PipelineStep

from micron_bert.data.shards.cluster import Cluster
from micron_bert.data.shards.executors import run_here, run_on_ray, run_on_slurm
from micron_bert.data.shards.plan import CLIPS, LOGS, RECORDS, Plan, read_plan
from micron_bert.data.shards.report import read_record
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store


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
        print(_became(rank, record), file=sys.stderr, flush=True)
        self.stat_update("clips", value=len(record["clips"]), unit="shard")
        self.stat_update("frames", value=_frames(record), unit="shard")
        self.stat_update("films_with_errors", value=sum("error" in film for film in record["films"].values()))
        yield Document(text="", id=str(rank), metadata={"clips": len(record["clips"])})


@dataclass
class ShardRun:
    """
    Attributes:
        faults (`dict[int, str]`): why a shard could not be made, where that is known.
        job (`str` or `None`): number of the Slurm job that makes them.
    """

    faults: dict[int, str] = field(default_factory=dict)
    job: str | None = None


def make_shards(store: Store, plan: Plan, cluster: Cluster, progress: Callable[[str], None] | None = None) -> ShardRun:
    """
    Makes the shards that are missing; returns when they are there, or on Slurm when the tasks are queued.

    A shard that cannot be made does not keep the others from being made.

    Args:
        store ([`Store`]):
            Where to; it holds the plan.
        plan ([`Plan`]):
            Which films, and how.
        cluster ([`Cluster`]):
            Who works.
        progress (`Callable[[str], None]`, *optional*):
            Called with a sentence for each shard that was made on this machine.

    Returns:
        [`ShardRun`]

    Raises:
        [`InputError`]: Ray is not installed, or there is no Slurm.
    """
    _forget_lost_shards(store, plan)
    address = store.root if store.local else store.address  # workers may stand in another folder
    step, logs = FilmsToShard(address), f"{address}/{LOGS}"
    if cluster.executor == "slurm":
        return ShardRun(job=run_on_slurm(step, plan.shards, logs, cluster))
    if cluster.executor == "ray":
        run_on_ray(step, plan.shards, logs, cluster)
        made = store.names(RECORDS)
        lost = (shard for shard in range(plan.shards) if plan.record_path(shard).rpartition("/")[2] not in made)
        return ShardRun({shard: f"see `{LOGS}/logs/task_{shard:05d}.log`" for shard in lost})
    run = ShardRun()
    for shard, fault in run_here(step, plan.shards, logs, min(cluster.processes, plan.shards)):
        if fault:
            run.faults[shard] = fault
        elif progress:
            progress(_became(shard, read_record(store, plan, shard)))
    return run


def _became(shard: int, record: dict) -> str:
    return f"shard {shard}: {len(record['clips'])} clips from {_frames(record)} frames"


def _frames(record: dict) -> int:
    return sum(film["frames"] for film in record["films"].values())


def _forget_lost_shards(store: Store, plan: Plan) -> None:
    """Tasks count as done where their record is there: what was deleted since is made anew."""
    clips, records, completed = (store.names(folder) for folder in (CLIPS, RECORDS, f"{LOGS}/completions"))
    for shard in range(plan.shards):
        path = plan.clips_path(shard).rpartition("/")[2]
        recorded = plan.record_path(shard).rpartition("/")[2] in records
        if recorded and path not in clips and read_record(store, plan, shard)["sha256"] is not None:
            store.remove(plan.record_path(shard))
            recorded = False
        if not recorded and f"{shard:05d}" in completed:
            store.remove(f"{LOGS}/completions/{shard:05d}")
