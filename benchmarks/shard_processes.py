"""
Many films to shards on one process and on several: how the work divides, and whether memory stays flat.

    python benchmarks/shard_processes.py [FOLDER] [--films 200] [--processes 2]

Without a folder the films are made: 100 frames each of the photograph that scikit-image ships, 360 x 288 pixels.

On an idle machine the time is that of the process that works longest, plus what the parent does alone. Both are given
in processor time, which holds on a busy machine as well; the speed-up follows from it, and stands beside that by the
clock. The shards of both runs are compared by their checksums.
"""

import argparse
import hashlib
import os
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import psutil
from skimage.data import astronaut

from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.cluster import Cluster
from micron_bert.data.shards.films import list_films
from micron_bert.data.shards.pipeline import make_shards
from micron_bert.data.shards.plan import Plan, make_plan, write_plan
from micron_bert.data.shards.report import report_shards
from micron_bert.data.shards.store import Store
from micron_bert.video.writer import write_video

FRAMES, FPS, DIFFERENT = 100, 25.0, 8  # of a film that is made; as many differ, the others are copies
EVERY = 0.5  # seconds between two looks at the processes


class Watch(threading.Thread):
    """
    Looks at this process and those it started, until the block ends.

    Attributes:
        seconds (`dict[int, float]`): processor time of each process within the block.
        memory (`dict[int, list[float]]`): MB of each process, look by look.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.seconds, self.memory, self.ended = {}, defaultdict(list), threading.Event()
        self.before = sum(psutil.Process().cpu_times()[:2])

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *exception) -> None:
        self.ended.set()
        self.join()
        self._look()

    def run(self) -> None:
        while not self.ended.wait(EVERY):
            self._look()

    def _look(self) -> None:
        here = psutil.Process()
        for process in (here, *here.children()):
            try:
                seconds, memory = sum(process.cpu_times()[:2]), process.memory_info().rss / 1e6
            except psutil.NoSuchProcess:
                continue
            self.seconds[process.pid] = seconds - (self.before if process.pid == here.pid else 0)
            self.memory[process.pid].append(memory)


def make_films(folder: Path, count: int) -> None:
    """Films of a face whose mouth moves, with noise."""
    still = astronaut()[:288, 40:400]
    folder.mkdir()
    for number in range(count):
        path, first = folder / f"{number:04d}.mp4", folder / f"{number % DIFFERENT:04d}.mp4"
        if number >= DIFFERENT:
            path.hardlink_to(first)
            continue
        rng, frames = np.random.default_rng(number), []
        for moment in range(FRAMES):
            frame = still.astype(np.int16)
            frame[150:200] = np.roll(frame[150:200], round(3 * np.sin((moment + number) / 3)), axis=0)
            frames.append((frame + rng.integers(-3, 4, frame.shape)).clip(0, 255).astype(np.uint8))
        write_video(path, frames, FPS)


def run(plan: Plan, folder: str, processes: int) -> tuple[float, float, list[str]]:
    """Makes all shards; gives the seconds of the longest way and of the clock, and the checksums."""
    store = Store(folder)
    write_plan(store, plan)
    start = time.perf_counter()
    with Watch() as watch:
        make_shards(store, plan, Cluster(processes=processes))
    wall = time.perf_counter() - start
    totals = report_shards(store, plan).totals
    parent = watch.seconds.pop(os.getpid())
    workers = sorted(second for second in watch.seconds.values() if second > 1)
    way = parent + (workers[-1] if workers else 0)
    frames = totals["frames"]
    print(f"processes: {processes}; {frames:,} frames of {totals['films']} films, {totals['clips']:,} "
          f"clips; {frames / totals['seconds']:.1f} frames a second and core in the tasks")  # fmt: skip
    print(f"  parent {parent:.1f} s, workers {', '.join(f'{second:.1f} s' for second in workers) or 'none'}; "
          f"longest way {way:.1f} s = {frames / way:.0f} frames/s; {wall:.0f} s by the clock")  # fmt: skip
    for pid, memory in watch.memory.items():
        if pid == os.getpid() or watch.seconds.get(pid, 0) > 1:
            quarters = [f"{max(memory[: max(1, len(memory) * part // 4)]):.0f}" for part in (1, 2, 3, 4)]
            print(f"  largest memory of {'the parent' if pid == os.getpid() else 'a worker'}, "
                  f"by quarters of the run: {', '.join(quarters)} MB")  # fmt: skip
    return way, wall, checksums(store)


def checksums(store: Store) -> list[str]:
    """Of the Parquet files, by name."""
    return [hashlib.sha256(store.read(f"data/{name}")).hexdigest() for name in sorted(store.names("data"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help="folder of films; films are made without it")
    parser.add_argument("--films", type=int, default=200, help="of the folder, in the order of names (default: 200)")
    parser.add_argument("--processes", type=int, default=2, help="of the second run (default: 2)")
    parser.add_argument("--films-per-shard", type=int, default=4)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        if args.folder is None:
            args.folder = str(Path(work, "films"))
            make_films(Path(args.folder), args.films)
        plan = make_plan(list_films([args.folder])[: args.films], ShardSettings(), args.films_per_shard)
        several = run(plan, str(Path(work, "several")), args.processes)
        one = run(plan, str(Path(work, "one")), 1)
    assert one[2] == several[2], "the shards differ"
    print(
        f"speed-up by {args.processes} processes: {one[0] / several[0]:.2f} in processor time, "
        f"{one[1] / several[1]:.2f} by the clock; the shards are the same bytes"
    )


if __name__ == "__main__":
    main()
