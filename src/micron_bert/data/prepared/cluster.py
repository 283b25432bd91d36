"""Preparing a dataset on a cluster: each shard is a task of datatrove, as it is for films."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from datatrove.data import Document, DocumentsPipeline
from datatrove.pipeline.base import PipelineStep

from micron_bert.data.loading import LoadedDataset
from micron_bert.data.prepared.crops import CropSettings
from micron_bert.data.prepared.prepare import begin, job_of, make_shard
from micron_bert.data.shards.cluster import Cluster
from micron_bert.data.shards.executors import run_on_ray, run_on_slurm
from micron_bert.data.shards.plan import LOGS
from micron_bert.parquet_shards import write_shard


class ClipsToShard(PipelineStep):
    """
    The step of a task: some clips in, their shard out. It does nothing where the shard is there.

    Args:
        make (`Callable`):
            Gives the rows of a shard, as for [`~micron_bert.parquet_shards.write_shards`].
        shards (`Sequence[tuple[Path, int]]`):
            Path of each task's shard, and the number of its clips.
        jobs (`Sequence[tuple]`):
            The arguments of `make` for each task.
    """

    name, type = "🎬 Clips to shard", "🔻 - FACES"

    def __init__(self, make: Callable, shards: Sequence[tuple[Path, int]], jobs: Sequence[tuple]):
        super().__init__()
        self.make, self.shards, self.jobs = make, shards, jobs

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        import cv2

        cv2.setNumThreads(1)  # a task for each core is parallel enough
        path, clips = self.shards[rank]
        if not path.is_file():
            write_shard(self.make, path, clips, self.jobs[rank])
        self.stat_update("clips", value=clips, unit="shard")
        yield Document(text="", id=str(rank), metadata={"clips": clips})


def prepare_on(cluster: Cluster, loaded: LoadedDataset, output: Path, settings: CropSettings) -> str | None:
    """
    Writes the shards that are missing on a cluster. What comes after, [`~micron_bert.data.prepared.prepare.prepare`]
    does when it is called with the same arguments: it finds the shards, and writes the report.

    Args:
        cluster ([`Cluster`]):
            Slurm or Ray.
        loaded ([`LoadedDataset`]), output (`Path`), settings ([`CropSettings`]):
            As for `prepare`. Pictures and output lie where every node sees them.

    Returns:
        `str` or `None`: number of the Slurm job that was queued; None when no shard is left to be made.

    Raises:
        [`InputError`]: the folder holds something else; there is no Slurm, or no Ray.
    """
    output = output.resolve()  # workers may stand in another folder
    shards = [shard for shard in begin(loaded, output, settings) if not shard.path.is_file()]
    logs = output / LOGS
    if not shards:
        shutil.rmtree(logs, ignore_errors=True)  # they are of no use to those who get the data set
        return None
    shards[0].path.parent.mkdir(parents=True, exist_ok=True)
    jobs = [job_of(loaded, shard, settings) for shard in shards]
    step = ClipsToShard(make_shard, [(shard.path, len(shard.pieces)) for shard in shards], jobs)
    # another run has other tasks: what a number stood for before does not count
    if cluster.executor == "slurm":
        return run_on_slurm(step, len(shards), str(logs), cluster, "prepare", skip_completed=False)
    run_on_ray(step, len(shards), str(logs), cluster, skip_completed=False)
    if all(shard.path.is_file() for shard in shards):
        shutil.rmtree(logs, ignore_errors=True)
    return None
