"""
What shards cost: making them, their size by codec, what a codec loses of the movement, and reading pairs from them.

    python benchmarks/shards.py FILM [FILM ...] [--size 112]

Times are of the processor, of one thread. The loss is that of optical flow between frames 0.16 s apart: the length of
the difference over the length of the flow, the median over the pairs.
"""

import argparse
import io
import tarfile
import tempfile
import time
from pathlib import Path

import av
import cv2
import numpy as np

from micron_bert.data.shards.clips import Counts, ShardSettings, encode, face_clips
from micron_bert.data.shards.films import list_films
from micron_bert.data.shards.moments import ShardedClips, ShardMoments, decode
from micron_bert.data.shards.plan import make_plan, write_plan
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store
from micron_bert.evaluation.baselines.linear import optical_flow
from micron_bert.video.reader import open_video

LAG = 0.16  # seconds
PICTURES = {"jpeg 95": ("jpeg", 95), "jpeg 90": ("jpeg", 90), "jpeg 80": ("jpeg", 80), "webp 90": ("webp", 90)}
FILMS = {"h264, rate factor 12": "12", "h264, rate factor 18": "18"}
PAIRS = 400


def lossless_clips(films: list[str], size: int) -> list[dict]:
    """The clips of the films, with their frames as arrays `(T, S, S, 3)`."""
    settings, clips = ShardSettings(size=size, quality=100, keep_still=1.0), []
    for film in films:
        with open_video(film) as video:
            for clip in face_clips(video, settings, Counts()):
                clips.append({**clip, "frames": np.stack([decode(frame) for frame in clip["frames"]])})
    return clips


def encode_film(frames: np.ndarray, factor: str, fps: float) -> bytes:
    """A clip as H.264 in MP4."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=round(fps), options={"crf": factor, "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = *frames.shape[1:3], "yuv444p", 1
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


def decode_film(film: bytes) -> np.ndarray:
    """Its frames `(T, S, S, 3)`."""
    with av.open(io.BytesIO(film)) as container:
        container.streams.video[0].thread_count = 1
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def flows(clips: list[np.ndarray], lags: list[int]) -> list[np.ndarray]:
    """Optical flow from the first frame of each clip's pairs to the second."""
    return [
        optical_flow(frames[start], frames[start + lag])
        for frames, lag in zip(clips, lags, strict=True)
        for start in range(0, len(frames) - lag, 8)
    ]


def row(name: str, kept: list, clips: list[dict], lags: list[int], decode_clip) -> str:
    """Bytes a frame, milliseconds to read a pair (of a film: all of its clip), and what is lost."""
    frames = sum(len(clip["frames"]) for clip in clips)
    size = sum(len(part) if isinstance(part, bytes) else sum(map(len, part)) for part in kept)
    start = time.process_time()
    decoded = [decode_clip(part) for part in kept]
    seconds = time.process_time() - start
    pair = seconds / len(kept) if isinstance(kept[0], bytes) else 2 * seconds / frames
    before, after = flows([clip["frames"] for clip in clips], lags), flows(decoded, lags)
    loss = np.median([np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(before, after, strict=True)])
    return f"| {name} | {size / frames / 1e3:.2f} | {1e3 * pair:.2f} | {100 * loss:.0f} % |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="+", help="films with a face")
    parser.add_argument("--size", type=int, default=112, help="side of the crops (default: 112)")
    args = parser.parse_args()
    cv2.setNumThreads(1)

    clips = lossless_clips(args.films, args.size)
    lags = [max(1, round(LAG * clip["fps"])) for clip in clips]
    print(
        f"{len(clips)} clips, {args.size} px\n\n| frames as | KB a frame | ms a pair | flow lost |\n|---|---|---|---|"
    )
    for name, (codec, quality) in PICTURES.items():
        settings = ShardSettings(codec=codec, quality=quality)
        kept = [[encode(frame, settings) for frame in clip["frames"]] for clip in clips]
        print(row(name, kept, clips, lags, lambda part: np.stack([decode(one) for one in part])), flush=True)
    for name, factor in FILMS.items():
        kept = [encode_film(clip["frames"], factor, clip["fps"]) for clip in clips]
        print(row(name, kept, clips, lags, decode_film), flush=True)

    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        plan = make_plan(list_films(args.films), ShardSettings(size=args.size, keep_still=1.0), len(args.films))
        write_plan(store, plan)
        record = make_shard(store, plan, 0)
        looked = sum(film["frames"] for film in record["films"].values())
        print(f"\nmade: {looked / record['seconds']:.0f} frames a second, {record['bytes'] / 1e6:.1f} MB as Parquet")
        shard, archive = ShardedClips(folder), Path(folder) / "clips.tar"
        with tarfile.open(archive, "w") as tar:
            for number, clip in enumerate(shard.clips):
                for place, frame in enumerate(shard.read(clip)["frames"]):
                    entry = tarfile.TarInfo(f"{number:05d}.{place:03d}.jpg")
                    entry.size = len(frame["bytes"])
                    tar.addfile(entry, io.BytesIO(frame["bytes"]))
        moments, rng = ShardMoments(shard, shard.clips, (0.05, 0.35), seed=0), np.random.default_rng(0)
        start = time.process_time()
        for index in range(PAIRS):
            moments.draw(index, rng)
        taken = time.process_time() - start
        print(f"pairs from Parquet, any clip: {PAIRS / taken:.0f} a second and core")
        start, count = time.process_time(), 0
        with tarfile.open(archive) as tar:
            for entry in tar:
                tar.extractfile(entry).read()
                count += 1
        print(f"tar: {archive.stat().st_size / 1e6:.1f} MB; in its order {count / (time.process_time() - start):.0f} "
              "frames a second without decoding, of which a pair uses two of a clip")  # fmt: skip


if __name__ == "__main__":
    main()
