"""
Shards at an address that answers slowly: read clip by clip, in their order, or copied when they are first wanted.

    python benchmarks/remote_shards.py FILM [--shards 20] [--megabytes 20] [--latency 0.03] [--rate 100]

A stand-in for a bucket adds up what one reader would wait: so long for each answer, and for its bytes at so many MB a
second. One film is cut into clips, and each shard holds them again and again. Of each way, for one process that makes
pairs: seconds of waiting for the first batch of 32, milliseconds for each pair afterwards, and requests and MB for
each pair of them all. No more than two shards stay open, as where there are thousands. The second way reads rows as
they come by `datasets.IterableDataset`: their order is then that of the shards, mixed by a buffer.
"""

import argparse
import hashlib
import json
import logging
import tempfile
from pathlib import Path

import cv2
import fsspec
import numpy as np
import pyarrow.parquet
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

from micron_bert.data.examples.moments import draw_moments
from micron_bert.data.shards import moments
from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.films import Film
from micron_bert.data.shards.moments import ShardedClips, ShardMoments, decode
from micron_bert.data.shards.plan import make_plan, write_plan
from micron_bert.data.shards.shard import ClipFile, make_shard
from micron_bert.data.shards.store import Store

BATCH, INTERVAL = 32, (0.05, 0.35)


class SlowFiles(AbstractFileSystem):
    """Files of this machine as a bucket would give them, with a count of what was asked for."""

    protocol, cachable = "slow", True
    latency, rate = 0.0, float("inf")  # seconds, bytes a second
    requests, bytes, waited = 0, 0, 0.0

    @classmethod
    def _strip_protocol(cls, path):
        return "/" + str(path).removeprefix("slow://").strip("/")

    @classmethod
    def answer(cls, size: int = 0) -> None:
        cls.requests, cls.bytes = cls.requests + 1, cls.bytes + size
        cls.waited += cls.latency + size / cls.rate

    def info(self, path, **options):
        self.answer()
        return fsspec.filesystem("file").info(self._strip_protocol(path))

    def ls(self, path, detail=True, **options):
        self.answer()
        return fsspec.filesystem("file").ls(self._strip_protocol(path), detail=detail)

    def _open(self, path, mode="rb", **options):
        return SlowFile(self, self._strip_protocol(path), mode, **options)


class SlowFile(AbstractBufferedFile):
    """Reads ranges."""

    def _fetch_range(self, start, end):
        end = min(end, self.size)
        self.fs.answer(end - start)
        with open(self.path, "rb") as file:
            file.seek(start)
            return file.read(end - start)


def make_shards(film: str, folder: Path, shards: int, megabytes: float) -> None:
    """Shards of one film, all alike but in whom they show."""
    settings, here = ShardSettings(keep_still=1.0), Store(str(folder))
    plan = make_plan([Film(f"{number}.mpg", film, f"p{number}") for number in range(shards)], settings, 1)
    write_plan(here, plan)
    record = make_shard(here, plan, 0)
    table = pyarrow.parquet.read_table(folder / plan.clips_path(0)).to_pylist()
    rows = [{**row, "frames": [frame["bytes"] for frame in row["frames"]]} for row in table]
    times = round(megabytes * 1e6 / record["bytes"])
    for shard in range(shards):
        path = folder / plan.clips_path(shard)
        with ClipFile(path) as file:
            for row in times * rows:
                file.write({**row, "person": f"p{shard}"})
        clips = [[f"p{shard}", *rest] for _, *rest in times * record["clips"]]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        told = {"shard": shard, "clips": clips, "bytes": path.stat().st_size, "sha256": digest}
        here.put_text(plan.record_path(shard), json.dumps(record | told))
    print(f"{shards} shards of {path.stat().st_size / 1e6:.1f} MB, {len(clips)} clips each")


def report(name: str, draw, pairs: int) -> None:
    """Draws pairs and says what they cost."""
    SlowFiles.requests = SlowFiles.bytes = SlowFiles.waited = 0
    for _ in range(BATCH):
        next(draw)
    first = SlowFiles.waited
    for _ in range(pairs):
        next(draw)
    later, count = 1e3 * (SlowFiles.waited - first) / pairs, BATCH + pairs
    print(f"| {name} | {first:.1f} | {later:.0f} | {SlowFiles.requests / count:.2f} | "
          f"{SlowFiles.bytes / 1e6 / count:.2f} | {SlowFiles.bytes / 1e6:.0f} |", flush=True)  # fmt: skip


def from_clips(clips: ShardedClips):
    drawn, rng = ShardMoments(clips, clips.clips, INTERVAL, seed=0), np.random.default_rng(0)
    index = 0
    while True:
        yield drawn.draw(index, rng)
        index += 1


def from_stream(address: str, plan):
    """Rows of a stream: a pair of each."""
    from datasets import Features, Image, List, Value, load_dataset

    files = [f"{address}/{plan.clips_path(shard)}" for shard in range(plan.shards)]
    rng = np.random.default_rng(0)
    columns = {"frames": List(Image(decode=False)), "times": List(Value("float64"))}
    while True:
        rows = load_dataset("parquet", data_files=files, split="train", streaming=True, columns=list(columns))
        for row in rows.cast(Features(columns)).shuffle(seed=0, buffer_size=100, max_buffer_input_shards=1):
            places = draw_moments(np.array(row["times"]), INTERVAL, rng)
            yield [decode(row["frames"][place]["bytes"]) for place in places]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film")
    parser.add_argument("--shards", type=int, default=20)
    parser.add_argument("--megabytes", type=float, default=20, help="of a shard (default: 20)")
    parser.add_argument("--latency", type=float, default=0.03, help="seconds before each answer (default: 0.03)")
    parser.add_argument("--rate", type=float, default=100, help="MB a second (default: 100)")
    parser.add_argument("--pairs", type=int, default=1648)
    args = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    cv2.setNumThreads(1)
    fsspec.register_implementation("slow", SlowFiles, clobber=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder, address = Path(scratch) / "shards", f"slow://{scratch}/shards"
        make_shards(args.film, folder, args.shards, args.megabytes)
        moments.OPEN_FILES = 2
        SlowFiles.latency, SlowFiles.rate = args.latency, args.rate * 1e6
        plan = ShardedClips(address, cache=f"{scratch}/none").plan
        print(f"opened with {SlowFiles.requests} requests, 16 at once")
        print("| way | s, first batch | ms a pair | requests a pair | MB a pair | MB in all |")
        print("|---|---|---|---|---|---|")
        report("clip by clip", from_clips(ShardedClips(address, copy=False)), args.pairs)
        report("rows of a stream", from_stream(address, plan), args.pairs)
        report("copied", from_clips(ShardedClips(address, cache=f"{scratch}/copies")), args.pairs)
        report("copied, again", from_clips(ShardedClips(address, cache=f"{scratch}/copies")), args.pairs)


if __name__ == "__main__":
    main()
