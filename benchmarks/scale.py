"""
Pre-training on millions of frames, reckoned: first a run of so many frames without a picture, then the arithmetic.

    python benchmarks/scale.py [--frames 1000000]

The run is real but for the films: datatrove's tasks write the records that shards of so many frames have, the run is
interrupted and goes on, some records are lost and made again; then the sampler of pre-training goes through a pass
and more. The arithmetic takes what benchmarks/shards.py measured on one core; times of a GPU are calculated from the
operations of a training step, nobody has measured them. Times are of the processor.
"""

import argparse
import json
import logging
import os
import tempfile
import time
import tracemalloc
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from datatrove.pipeline.base import PipelineStep
from torch.utils.flop_counter import FlopCounterMode

from micron_bert import MicronBertConfig, MicronBertForPreTraining
from micron_bert.data.examples.moments import draw_moments
from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.executors import run_here
from micron_bert.data.shards.films import Film
from micron_bert.data.shards.moments import ShardedClips, ShardMoments
from micron_bert.data.shards.plan import LOGS, make_plan, read_plan, write_plan
from micron_bert.data.shards.report import report_shards
from micron_bert.data.shards.store import Store
from micron_bert.synthesis.portraits import split_identities

FPS, FILM, CLIP = 25, 250, 50  # frames a second, a film, a clip
SIZES = {  # px: frames of film a second and core, KB a frame, pairs a second and core
    112: (141, 6.8, 407),
    224: (74, 19, 294),
}
FRAMES = (100_000, 1_000_000, 8_000_000)
PEAK = 989e12  # bf16 operations a second of an H100 or H200 SXM, dense, by its data sheet
USED = 0.4  # of the peak, assumed: what well fed transformers of this size reach
CORE_HOUR, GPU_HOUR, GB_MONTH = 0.04, 3.0, 0.023  # dollars, assumed
EPOCHS = 100  # of the cost


class Records(PipelineStep):
    """Writes the record of a shard as `make_shard` does, of clips that nobody has cut; and an empty Parquet file."""

    name, type = "records", "simulation"

    def __init__(self, address: str):
        super().__init__()
        self.address = address

    def run(self, data, rank: int = 0, world_size: int = 1):
        store = Store(self.address)
        plan, rng = read_plan(store), np.random.default_rng(rank)
        clips, films = [], {}
        for film in plan.films_of(rank):
            lengths = [CLIP] * (FILM // CLIP - 1) + [int(rng.integers(8, CLIP + 1))]
            clips += [[film.person, length, round((length - 1) / FPS, 3)] for length in lengths]
            films[film.name] = {
                "frames": FILM,
                "kept": sum(lengths),
                "dropped": {"short stretch": FILM - sum(lengths)},
            }
        record = {"shard": rank, "clips": clips, "films": films, "bytes": 0, "sha256": "0" * 64, "seconds": 0.0}
        store.put_text(plan.clips_path(rank), "")
        store.put_text(plan.record_path(rank), json.dumps(record) + "\n")
        yield from ()


class Timed:
    """Processor time of a block in seconds, as `seconds`."""

    def __enter__(self) -> "Timed":
        self.start = time.process_time()
        return self

    def __exit__(self, *exception) -> None:
        self.seconds = time.process_time() - self.start


def schedule(store: Store, frames: int) -> None:
    """All tasks, with an interruption and losses."""
    films = [Film(f"{n:06d}.mp4", f"/films/{n:06d}.mp4", f"person {n // 4}") for n in range(frames // FILM)]
    plan = make_plan(films, ShardSettings(), 4)
    write_plan(store, plan)
    step, logs = Records(store.address), f"{store.address}/{LOGS}"
    with Timed() as taken:
        first = [shard for shard, _ in islice(run_here(step, plan.shards, logs, 1), plan.shards // 2)]
        second = [shard for shard, _ in run_here(step, plan.shards, logs, 1)]
    assert sorted(first + second) == list(range(plan.shards)), "a task was left out or done twice"
    print(f"{frames:,} frames, {len(films):,} films, {plan.shards:,} tasks, interrupted after half: each done once, "
          f"{1e3 * taken.seconds / plan.shards:.1f} ms a task")  # fmt: skip
    lost = np.random.default_rng(0).choice(plan.shards, max(1, plan.shards // 100), replace=False)
    for shard in lost:
        store.remove(plan.record_path(int(shard)))
        store.remove(f"{LOGS}/completions/{shard:05d}")
    with Timed() as taken:
        report = report_shards(store, plan)
    assert len(report.faults) == len(lost)
    again = [shard for shard, _ in run_here(step, plan.shards, logs, 1)]
    assert again == sorted(map(int, lost)), "other shards were made again than those that were lost"
    print(
        f"report in {taken.seconds:.1f} s names {len(report.faults)} lost shards; the same command makes those alone"
    )


def sample(address: str) -> None:
    """A pass of the sampler and more; moments of clips whose times are those of the records."""
    with Timed() as taken:
        ShardedClips(address)
    tracemalloc.start()
    clips = ShardedClips(address)
    memory = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    print(f"opened in {taken.seconds:.1f} s: {len(clips.clips):,} clips, which take {memory:,.1f} MB")
    train, test = split_identities(clips.clips, 0.02, 0)
    assert not {clip.subject for clip in train} & {clip.subject for clip in test}, "a person is on both sides"
    moments = ShardMoments(clips, train, (0.05, 0.35), seed=0)
    with Timed() as taken:
        order = [moments.clip_of(index) for index in range(len(train))]
    assert len(set(order)) == len(train), "a clip comes twice in a pass, or never"
    where = len(train) + len(train) // 3  # amid the second pass, as a resumed run does
    assert ShardMoments(clips, train, (0.05, 0.35), seed=0).clip_of(where) == moments.clip_of(where)
    print(f"a pass over {len(train):,} clips, each once: {1e6 * taken.seconds / len(train):.1f} µs a clip; "
          f"{len(test):,} clips of other people held out")  # fmt: skip
    times, rng, gaps = np.arange(CLIP) / FPS, np.random.default_rng(0), []
    for _ in range(20_000):
        start, later = draw_moments(times, moments.interval, rng)
        gaps.append(times[later] - times[start])
    low, middle, high = np.percentile(gaps, (5, 50, 95))
    print(f"distances of pairs: {low:.2f} s, {middle:.2f} s, {high:.2f} s (5, 50, 95 %)")


def operations(size: int) -> float:
    """Of a training step of the published model, per pair."""
    config = MicronBertConfig(image_size=size)
    with torch.device("meta"):
        model, pair = MicronBertForPreTraining(config), torch.zeros(1, 2, 3, size, size)
    with FlopCounterMode(display=False) as counter:
        model(pair).loss.backward()
    return counter.get_total_flops()


def reckon() -> None:
    """Storage, hours and dollars."""
    print("\n| frames | px | storage | core-hours to shard | a pass of pairs | epochs a GPU-day | dollars |")
    print("|---|---|---|---|---|---|---|")
    for size, (made, kilobytes, pairs) in SIZES.items():
        step = operations(size) / (PEAK * USED)
        for frames in FRAMES:
            storage, hours = frames * kilobytes / 1e6, frames / made / 3600
            days = EPOCHS * frames * step / 86400
            cost = hours * CORE_HOUR + storage * GB_MONTH + days * 24 * GPU_HOUR
            print(f"| {frames:,} | {size} | {storage:,.1f} GB | {hours:.1f} | {frames * step / 60:,.1f} GPU-minutes | "
                  f"{EPOCHS / days:,.0f} | {cost:,.0f} |")  # fmt: skip
        print(f"# {size} px: {operations(size) / 1e9:.0f} GFLOP a pair, {1 / step:,.0f} pairs/s calculated, "
              f"{1 / step / pairs:.1f} loader cores a GPU")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1_000_000, help="of the simulated run (default: a million)")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(str(Path(folder) / "shards"))
        os.makedirs(store.root)
        schedule(store, args.frames)
        sample(store.address)
    reckon()


if __name__ == "__main__":
    main()
