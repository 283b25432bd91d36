"""Data sets in Parquet shards that `datasets.load_dataset` reads: several processes write them, each file whole."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from micron_bert.output_folder import whole_file
from micron_bert.workers import run_jobs

DATA = "data"  # folder of the shards, beside the card


def shard_paths(folder: Path, split: str, count: int) -> list[Path]:
    """Paths of a split's shards, such as `data/train-00000-of-00002.parquet`."""
    return [folder / DATA / f"{split}-{number:05d}-of-{count:05d}.parquet" for number in range(count)]


def write_shards(
    make: Callable[..., tuple[list[dict], Any]],
    shards: Sequence[tuple[Path, int]],
    job: Callable[[int], tuple],
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
) -> None:
    """
    Writes the shards that are not there yet, so that an interrupted run goes on where it stopped.

    Args:
        make (`Callable`):
            `make(*job)` gives the rows of a shard and their `datasets.Features`; with several processes, something
            that can be pickled.
        shards (`Sequence[tuple[Path, int]]`):
            Path of each shard, and the number of clips that go into it.
        job (`Callable[[int], tuple]`):
            The arguments of `make` for the shard of a number. It is called when a process is about to be free, so the
            arguments may be large.
        processes (`int`, defaults to 1):
            Processes at work.
        progress (`Callable[[int], None]`, *optional*):
            Called with the number of clips just finished, those of an earlier run first.
    """
    report = progress or (lambda clips: None)
    for folder in {path.parent for path, _ in shards}:
        folder.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.glob(".*.parquet.*"):  # of a run that was killed while it wrote
            unfinished.unlink()
    missing = []
    for number, (path, clips) in enumerate(shards):
        if path.is_file():
            report(clips)
        else:
            missing.append(number)
    work = ((make, *shards[number], job(number)) for number in missing)
    for _, clips in run_jobs(write_shard, work, min(processes, len(missing)), _be_quiet):
        report(clips)


def write_shard(make: Callable[..., tuple[list[dict], Any]], path: Path, clips: int, job: tuple) -> int:
    """Writes one shard, completely or not at all; gives the number of its clips. See [`write_shards`]."""
    from datasets import Dataset

    rows, features = make(*job)
    columns = {name: [row[name] for row in rows] for name in features}  # a shard may have no row
    with whole_file(path) as draft:
        Dataset.from_dict(columns, features).to_parquet(draft)
    return clips


def _be_quiet() -> None:
    from datasets.utils.logging import disable_progress_bar

    disable_progress_bar()
