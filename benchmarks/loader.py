"""
How fast pairs come from shards on one core, and how long a training step on another waits for them.

    python benchmarks/loader.py FILM … [--size 112] [--pairs 200] [--work FOLDER]

Cuts the films into shards of that size, then reads pairs in the seeded order: with registration (what the recipe
`pretrain_tiny` asks for) and without (the frames of shards are registered already). Times are processor time of this
process. The waiting share is that of a training step of `preset` on one core whose pairs one other core makes: the
step's time is measured in the same way, and the loader is waited for where it takes longer.
"""

import argparse
import logging
import tempfile
import time
from pathlib import Path

import cv2
import torch

from micron_bert import MicronBertConfig, MicronBertForPreTraining
from micron_bert.data.examples.unlabelled import UnlabelledPairs
from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.films import list_films
from micron_bert.data.shards.moments import ShardedClips, ShardMoments
from micron_bert.data.shards.plan import make_plan, write_plan
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor

PRESETS = {112: "tiny", 224: "small"}


def shards_of(films: list[str], size: int, folder: Path) -> ShardedClips:
    """The films as shards; those that are there are not made again."""
    store = Store(str(folder / f"shards_{size}"))
    plan = make_plan(list_films(films, person="film"), ShardSettings(size=size), films_per_shard=1)
    write_plan(store, plan)
    for shard in range(plan.shards):
        make_shard(store, plan, shard)
    return ShardedClips(store.address)


def seconds_of(job, count: int) -> float:
    """Processor time of `job(0)`, `job(1)`, … each, without the first."""
    job(0)
    begun = time.process_time()
    for number in range(1, count + 1):
        job(number)
    return (time.process_time() - begun) / count


def step_seconds(config: MicronBertConfig, data: UnlabelledPairs, batch: int, steps: int) -> float:
    """Processor time of one pair in a training step on one core."""
    model = MicronBertForPreTraining(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    pairs = [data[number] for number in range(batch)]
    whole = {name: torch.stack([pair[name] for pair in pairs]) for name in pairs[0]}

    def step(number):
        model(**whole).loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return seconds_of(step, steps) / batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="+")
    parser.add_argument("--size", type=int, choices=PRESETS, default=112)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--work", type=Path, help="keeps the shards")
    args = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as scratch:
        clips = shards_of(args.films, args.size, args.work or Path(scratch))
        moments = ShardMoments(clips, clips.clips, (0.05, 0.35), seed=0)
        config = MicronBertConfig.preset(PRESETS[args.size])
        processor = MicronBertImageProcessor(size={"height": args.size, "width": args.size})
        print(f"{len(clips.clips)} clips of {len(args.films)} films at {args.size} px")
        print(f"| pairs | ms a pair | pairs/s per core | ms a pair of a step of `{PRESETS[args.size]}` | waiting |")
        print("|---|---|---|---|---|")
        step = None
        for register in (True, False):
            data = UnlabelledPairs(moments, processor, config, args.pairs + 1, 0, register)
            step = step or step_seconds(config, data, args.batch, args.steps)
            one = seconds_of(data.__getitem__, args.pairs)
            waiting = max(0.0, 1 - step / one)
            name = "registered" if register else "as they are"
            print(f"| {name} | {1e3 * one:.1f} | {1 / one:.0f} | {1e3 * step:.0f} | {100 * waiting:.0f} % |")


if __name__ == "__main__":
    main()
