"""
Speed and memory of `micron-bert prepare`, and of reading the result back.

    python benchmarks/prepare.py [--frames 500 1000 2000] [--processes 1]

Clips of 40 frames of 640 x 480 pixels, as JPEG, are made from a photograph in the public domain; every number of
frames is prepared in a process of its own, whose peak memory is shown.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

CLIP_FRAMES = 40


def write_recordings(root: Path, frames: int) -> None:
    """Clips of a face that sways and smiles, with their sheet."""
    import skimage.data

    scene = np.zeros((480, 640, 3), np.uint8)
    scene[:] = 110
    scene[:, 64:576] = skimage.data.astronaut()[:480, :, ::-1]
    lines = ["subject,clip,frames,onset,apex,offset,fps,emotion"]
    for clip in range(frames // CLIP_FRAMES):
        folder = root / f"s{clip:03d}"
        folder.mkdir()
        for number in range(CLIP_FRAMES):
            shift = np.float32([[1, 0, 2 * np.sin(number / 9 + clip)], [0, 1, np.cos(number / 7)]])
            cv2.imwrite(str(folder / f"{number}.jpg"), cv2.warpAffine(scene, shift, (640, 480), borderMode=1))
        lines.append(f"s{clip:03d},1,s{clip:03d},0,20,{CLIP_FRAMES - 1},100,happiness")
    (root / "metadata.csv").write_text("\n".join(lines) + "\n")


def prepare_one(root: str, output: str, processes: int) -> None:
    """In a process of its own: prints seconds and peak memory."""
    from datasets.utils.logging import disable_progress_bar

    from micron_bert.data import load
    from micron_bert.data.prepared.crops import CropSettings
    from micron_bert.data.prepared.prepare import prepare

    disable_progress_bar()
    cv2.setNumThreads(1)
    loaded = load("folder", root, pictures="listed")
    start, used = time.perf_counter(), time.process_time()
    prepare(loaded, output, CropSettings(frames="clip"), processes)
    seconds, busy = time.perf_counter() - start, time.process_time() - used
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(seconds, busy, memory / 1024)


def read_back(output: str) -> tuple[float, int]:
    """Seconds of processor time for decoding every frame, and how many there are."""
    from datasets import Dataset

    files = [str(path) for path in sorted(Path(output, "data").glob("*.parquet"))]
    rows = Dataset.from_parquet(files, cache_dir=tempfile.mkdtemp())
    count, start = 0, time.process_time()
    for row in rows:
        count += len([np.asarray(frame) for frame in row["frames"]])
    return time.process_time() - start, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, nargs="+", default=[500, 1000, 2000])
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--one", nargs=2, metavar=("ROOT", "OUT"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        prepare_one(*args.one, args.processes)
        return
    print("frames   seconds   CPU s   frames/s   ms CPU/frame   peak MiB   read CPU s   prepare / read")
    for frames in args.frames:
        with tempfile.TemporaryDirectory() as folder:
            root, output = Path(folder, "in"), Path(folder, "out")
            root.mkdir()
            write_recordings(root, frames)
            command = [sys.executable, __file__, "--one", str(root), str(output), "--processes", str(args.processes)]
            result = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, busy, memory = map(float, result.stdout.split()[-3:])
            reading, count = read_back(str(output))
            # with several processes the work is not in this process's time
            work = busy if args.processes == 1 else seconds * args.processes
            print(
                f"{count:6} {seconds:9.1f} {work:7.1f} {count / seconds:10.1f} {1000 * work / count:14.1f} "
                f"{memory:10.0f} {reading:12.2f} {work / reading:16.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
