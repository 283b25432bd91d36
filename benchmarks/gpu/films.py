"""
Spotting and recognition on one device, by the clock: the model alone, one frame at a time, and several films at once.

    python -m benchmarks.gpu.films [--device cuda] [--films 8] [--seconds 20] [--output films.json]

- The model alone: crops encoded and pairs compared in a second, in float32 and bfloat16.
- A stream: milliseconds for one frame and its three pairs, as they are and as CUDA graphs.
- Films: a synthetic film as a file, watched alone and so many times side by side; frames a second, decoding included.
  That all tell the same intervals is asserted.

A part whose packages or face models are missing says so in one sentence, and the others are measured.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.movement import LAGS

FPS = 30.0
CROPS = 128  # that are encoded in the first part, and pairs
REPEATS = 20


def synchronize(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def seconds_of(function, device: str, repeats: int) -> float:
    """Median seconds of a call."""
    taken = []
    for number in range(repeats + 2):
        begun = time.perf_counter()
        function()
        synchronize(device)
        if number >= 2:
            taken.append(time.perf_counter() - begun)
    return float(np.median(taken))


def crops_of(size: int, count: int) -> list[np.ndarray]:
    """Crops that differ by a pixel, of a photograph or, without scikit-image, of smooth noise."""
    try:
        from skimage.data import astronaut

        picture = astronaut()[20:220, 130:330]
    except ImportError:
        picture = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_CUBIC)
    return [np.roll(picture, number % 5, axis=0) for number in range(count)]


def measure_model(device: str, count: int, repeats: int) -> dict[str, float]:
    """Crops encoded and pairs compared in a second, by precision."""
    figures = {}
    for dtype in ("float32", "bfloat16"):
        runtime = Recognizer.from_pretrained(device=device, runtime="torch", dtype=dtype).runtime
        crops = crops_of(runtime.size, count)
        encoded = runtime.encode(crops)
        pairs = [[encoded[0], one] for one in encoded]
        figures[f"crops/s {dtype}"] = count / seconds_of(lambda one=runtime: one.encode(crops), device, repeats)  # noqa: B023
        figures[f"pairs/s {dtype}"] = count / seconds_of(lambda one=runtime: one.compare(pairs), device, repeats)  # noqa: B023
    return figures


def measure_stream(device: str, repeats: int) -> dict[str, float]:
    """Milliseconds of a frame and its pairs, with and without CUDA graphs."""
    figures = {}
    for name, captured in (("as it is", False), ("as CUDA graphs", True)):
        if captured and not device.startswith("cuda"):
            continue
        runtime = Recognizer.from_pretrained(device=device, runtime="torch", captured=captured).runtime
        crops = crops_of(runtime.size, len(LAGS) + 1)
        earlier = [runtime.encode([crop])[0] for crop in crops[1:]]

        def frame(runtime=runtime, crop=crops[0], earlier=earlier):
            (now,) = runtime.encode([crop])
            runtime.compare([[one, now] for one in earlier])

        figures[f"ms a frame of a stream, {name}"] = 1e3 * seconds_of(frame, device, repeats)
    return figures


def measure_films(device: str, films: int, seconds: float) -> dict[str, float]:
    """Frames a second of a film alone and of several side by side; that they tell the same is asserted."""
    from skimage.data import astronaut

    from micron_bert.faces import FaceDetector, FaceMesh
    from micron_bert.spotting import Spotter
    from micron_bert.synthesis.films.film import synthesize_film
    from micron_bert.video.writer import write_video

    landmarks = FaceMesh().landmarks(astronaut(), FaceDetector().detect(astronaut())[0])
    frames = list(synthesize_film(astronaut(), landmarks, seconds, FPS, np.random.default_rng(0)).frames())
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        path = write_video(Path(folder) / "film.mp4", np.stack(frames), FPS)
        spotter = Spotter(Recognizer.from_pretrained(device=device, runtime="torch"), 0.0)
        spotter.spot(path, end=min(1.0, seconds))  # libraries choose their algorithms
        begun = time.perf_counter()
        alone = spotter.spot(path)
        figures["frames/s, one film"] = len(frames) / (time.perf_counter() - begun)
        begun = time.perf_counter()
        several = [found for _, found in spotter.spot_together([path] * films, films)]
        figures[f"frames/s, {films} films"] = films * len(frames) / (time.perf_counter() - begun)
    expected = [(one.kind, one.onset, one.apex, one.offset) for one in alone.intervals]
    for found in several:
        assert [(one.kind, one.onset, one.apex, one.offset) for one in found.intervals] == expected, found
    figures["intervals told by each film, the same"] = len(expected)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--films", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the film")
    parser.add_argument("--crops", type=int, default=CROPS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--output", type=Path, help="the figures as JSON")
    args = parser.parse_args()
    if args.device.startswith("cuda") and not torch.cuda.is_available():
        print("This benchmark needs a CUDA GPU; none was found.", file=sys.stderr)
        return 2
    cv2.setNumThreads(1)  # each film has a thread
    figures: dict[str, float] = {}
    print("| figure | value |\n|---|---|", flush=True)
    for measure, given in (
        (measure_model, (args.device, args.crops, args.repeats)),
        (measure_stream, (args.device, args.repeats)),
        (measure_films, (args.device, args.films, args.seconds)),
    ):
        try:
            told = measure(*given)
        except (ImportError, ValueError, OSError) as error:  # no package, no face models
            print(
                f"| {measure.__name__.removeprefix('measure_')} | left out: {str(error).splitlines()[0]} |", flush=True
            )
            continue
        figures |= told
        for name, value in told.items():
            print(f"| {name} | {value:.4g} |", flush=True)
        if args.output is not None:
            args.output.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
