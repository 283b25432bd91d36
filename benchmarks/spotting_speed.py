"""
How fast spotting is, and how much memory it takes.

    python benchmarks/spotting_speed.py [PICTURE] [--seconds 20] [--minutes 2]

A synthetic film (640x480, 30 frames/s, one face; the photograph that comes with scikit-image if none is given) is
spotted in by the model that comes with the package, in one thread. Times are processor time of that thread, so that
other work on the machine does not count. Four tables:

- milliseconds a frame by stage and runtime, and frames a second of all stages together (reading the file is not among
  them); that both tell the same intervals is asserted;
- the same pairs scored one by one, each frame encoded anew for every pair that it is in: how many times slower;
- the film played again and again for `--minutes` (30 for the whole of it): time and memory of every tenth part;
- the commands, each started anew on the first two seconds: processor seconds and the most memory.
"""

import argparse
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import skimage.data
import torch

from micron_bert.faces import FaceDetector, FaceMesh
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting import LiveSpotter
from micron_bert.spotting.movement import LAGS
from micron_bert.synthesis.films.film import synthesize_film
from micron_bert.video.picture import read_image
from micron_bert.video.writer import write_video

FPS = 30.0


# a command that tells at its end, on standard error, its processor seconds and the most memory that it had
TOLD = """
import re, sys, time
from micron_bert.cli.main import main
try:
    status = main(sys.argv[1:])
except SystemExit as end:
    status = end.code
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
print(time.process_time(), int(peak) / 1024, file=sys.stderr)
sys.exit(status)
"""


class Stopwatch:
    """Adds up the processor time of calls to methods, each without those it calls that are watched too."""

    def __init__(self):
        self.spent, self.running = {}, []

    def watch(self, owner, method: str, stage: str) -> None:
        call = getattr(owner, method)
        self.spent.setdefault(stage, 0.0)

        def timed(*args, **kwargs):
            begun = time.process_time()
            self.running.append(0.0)
            try:
                return call(*args, **kwargs)
            finally:
                whole = time.process_time() - begun
                self.spent[stage] += whole - self.running.pop()
                if self.running:
                    self.running[-1] += whole

        setattr(owner, method, timed)


def make_frames(picture: np.ndarray, seconds: float) -> list[np.ndarray]:
    landmarks = FaceMesh().landmarks(picture, FaceDetector().detect(picture)[0])
    return list(synthesize_film(picture, landmarks, seconds, FPS, np.random.default_rng(0)).frames())


def measure_stages(recognizer: Recognizer, frames: list[np.ndarray]) -> tuple[dict[str, float], list]:
    """Milliseconds a frame by stage, and the intervals that were told."""
    live, stopwatch = LiveSpotter(recognizer, fps=FPS), Stopwatch()
    warm_up = int(FPS)
    told = []
    for number in range(warm_up):
        told += live.push(frames[number], number / FPS).interval_closed
    (watch,) = live.watches.values()
    stopwatch.watch(live.finder, "locate", "detection and mesh")
    stopwatch.watch(watch.track.crops, "push", "crop")
    stopwatch.watch(watch.track.chain, "register", "registration")
    stopwatch.watch(recognizer.runtime, "encode", "encoding")
    stopwatch.watch(recognizer.runtime, "compare", f"{len(LAGS)} pairs")
    stopwatch.watch(watch, "_look", "reading the course")
    stopwatch.watch(live, "push", "curve and the rest")
    for number in range(warm_up, len(frames)):
        told += live.push(frames[number], number / FPS).interval_closed
    del recognizer.runtime.encode, recognizer.runtime.compare
    count = len(frames) - warm_up
    return {stage: 1e3 * seconds / count for stage, seconds in stopwatch.spent.items()}, told + live.finish()


def compare_stages(recognizers: dict[str, Recognizer], frames: list[np.ndarray]) -> float:
    """Prints milliseconds by stage and runtime; returns the time of torch's encoding and pairs in seconds."""
    measured = {name: measure_stages(recognizer, frames) for name, recognizer in recognizers.items()}
    extents = {name: [(i.kind, i.onset, i.apex, i.offset) for i in told] for name, (_, told) in measured.items()}
    assert extents["onnx"] == extents["torch"], extents
    print(f"{'ms a frame':<24}" + "".join(f"{name:>10}" for name in measured))
    for stage in measured["torch"][0]:
        print(f"{stage:<24}" + "".join(f"{spent[stage]:>10.2f}" for spent, _ in measured.values()))
    totals = [sum(spent.values()) for spent, _ in measured.values()]
    print(f"{'all':<24}" + "".join(f"{total:>10.2f}" for total in totals))
    print(f"{'frames/s':<24}" + "".join(f"{1e3 / total:>10.1f}" for total in totals))
    print(f"intervals told by both: {len(extents['torch'])}, the same")
    spent = measured["torch"][0]
    return (spent["encoding"] + spent[f"{len(LAGS)} pairs"]) / 1e3


def measure_one_by_one(recognizer: Recognizer, frames: list[np.ndarray], shared: float) -> None:
    """Prints the time of the same pairs when nothing is shared between them."""
    crops = [cv2.resize(frame, (recognizer.size, recognizer.size)) for frame in frames[: int(FPS)]]
    steps = [round(lag * FPS) for lag in LAGS]
    begun, pairs = time.process_time(), 0
    with torch.inference_mode():
        for later in range(max(steps), len(crops)):
            for step in steps:
                pair = [crops[later - step], crops[later]]
                recognizer.model(recognizer.processor(pair, return_tensors="pt").pixel_values)
                pairs += 1
    alone = (time.process_time() - begun) / pairs * len(steps)
    print(f"\nencoding and pairs, ms a frame: {1e3 * shared:.2f} shared, {1e3 * alone:.2f} one by one")
    print(f"ratio {alone / shared:.2f}")


def measure_length(recognizer: Recognizer, frames: list[np.ndarray], minutes: float) -> None:
    """Prints time and memory of each tenth of a long film."""
    live = LiveSpotter(recognizer, fps=FPS)
    total = int(minutes * 60 * FPS)
    # back and forth: the end of a round meets its begin
    endless = itertools.cycle([*range(len(frames)), *range(len(frames) - 2, 0, -1)])
    print(f"\n{'minutes':>8}{'ms a frame':>12}{'resident MiB':>14}")
    begun = time.process_time()
    for number, position in zip(range(total), endless, strict=False):
        live.push(frames[position], number / FPS)
        if (number + 1) % max(total // 10, 1) == 0:
            now = time.process_time()
            spent = 1e3 * (now - begun) / max(total // 10, 1)
            print(f"{(number + 1) / FPS / 60:>8.2f}{spent:>12.2f}{resident():>14.1f}", flush=True)
            begun = now
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f} MiB")


def measure_commands(frames: list[np.ndarray]) -> None:
    """Prints processor seconds and memory of commands that are started anew, one thread each."""
    commands = [["--help"], *([name, "--runtime", r] for r in ("torch", "onnx") for name in ("recognize", "spot"))]
    print(f"\n{'command':<28}{'processor s':>12}{'peak MiB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        write_video(film, np.stack(frames[: int(2 * FPS)]), FPS)
        for command in commands:
            arguments = command if command == ["--help"] else [command[0], str(film), *command[1:]]
            run = [sys.executable, "-c", TOLD, *arguments]
            done = subprocess.run(run, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
            assert done.returncode == 0, done.stderr
            seconds, peak = map(float, done.stderr.split()[-2:])
            print(f"{' '.join(command):<28}{seconds:>12.2f}{peak:>10.0f}")


def resident() -> float:
    """MiB of memory in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", nargs="?", help="a photograph of a face")
    parser.add_argument("--device", default="cpu", help="such as cuda; processor time is all that is counted")
    parser.add_argument("--seconds", type=float, default=20.0, help="of the film (default: 20)")
    parser.add_argument("--minutes", type=float, default=2.0, help="for which it is played in the last table")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    picture = read_image(args.picture) if args.picture else skimage.data.astronaut()
    frames = make_frames(picture, args.seconds)
    recognizer = Recognizer.from_pretrained(device=args.device, runtime="torch")
    os.environ["OMP_NUM_THREADS"] = "1"  # of ONNX Runtime
    light = Recognizer.from_pretrained(runtime="onnx")
    shared = compare_stages({"torch": recognizer, "onnx": light}, frames)
    measure_one_by_one(recognizer, frames, shared)
    measure_length(light, frames, args.minutes)
    measure_commands(frames)


if __name__ == "__main__":
    main()
