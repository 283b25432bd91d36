"""
Whether both runtimes tell the same intervals in the films of `benchmarks/spotting.py`, and score alike.

    python benchmarks/onnx_spotting.py DIR/KEY [--films slow_000 slow_001] [--seconds 60] [--model MODEL]

DIR/KEY is the folder in which that benchmark keeps its films, with `films.csv` and `truth.csv`.
"""

import argparse
import math
import time
from pathlib import Path

import cv2
import torch

from micron_bert.evaluation.spotting.long_videos import film_truth
from micron_bert.evaluation.spotting.runs import candidate_of
from micron_bert.evaluation.spotting.scores import Spotted, score_videos
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting import Spotter
from micron_bert.synthesis.films.film_set import VIDEOS, read_films

RUNTIMES = ("torch", "onnx")
MOMENTS = ("onset", "apex", "offset")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="films with their truth")
    parser.add_argument("--films", nargs="+", help="names of some of them; all if left out")
    parser.add_argument("--seconds", type=float, default=math.inf, help="of each film, from its beginning")
    parser.add_argument("--model", help="folder or Hub id with its graphs; the shipped model if left out")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    spotters = {name: Spotter(Recognizer.from_pretrained(args.model, "cpu", runtime=name)) for name in RUNTIMES}
    films = {key: film for key, film in read_films(args.folder).items() if not args.films or key[1] in args.films}
    if not films:
        parser.error(f"no such films in {args.folder}")
    spotted = {name: [] for name in RUNTIMES}
    print("| film | seconds | intervals, torch | ONNX Runtime | frames apart | confidence apart | ms a frame, both |")
    print("|---|---|---|---|---|---|---|")
    for (subject, video), film in films.items():
        seconds = min(args.seconds, film.frames / film.fps)
        truth = [one for one in film_truth(film.events) if one.offset < seconds * film.fps]
        told, took = {}, {}
        for name, spotter in spotters.items():
            begun = time.process_time()
            told[name] = spotter.spot(args.folder / VIDEOS / f"{video}.mp4", end=seconds).intervals
            took[name] = 1000 * (time.process_time() - begun) / (seconds * film.fps)
            found = [candidate_of(interval) for interval in told[name]]
            spotted[name].append(Spotted(subject, video, seconds / 60, truth, found))
        frames, sure = apart(*told.values())
        counts = " | ".join(str(len(intervals)) for intervals in told.values())
        times = " and ".join(f"{took[name]:.1f}" for name in RUNTIMES)
        print(f"| {video} | {seconds:.0f} | {counts} | {frames} | {sure} | {times} |", flush=True)
    print("\n| | " + " | ".join(RUNTIMES) + " |\n|---|---|---|")
    scores = {name: score_videos(videos) for name, videos in spotted.items()}
    for kind in ("micro", "macro", "all"):
        print(f"| F1, {kind} | " + " | ".join(f"{scores[name][kind]['f1']:.4f}" for name in RUNTIMES) + " |")


def apart(ours, theirs) -> tuple[str, str]:
    """The largest difference of any moment in frames, and of any confidence; where intervals are missing, that."""
    if [one.kind for one in ours] != [one.kind for one in theirs]:
        return "others", "–"
    pairs = list(zip(ours, theirs, strict=True))
    frames = max((abs(getattr(one, name) - getattr(two, name)) for one, two in pairs for name in MOMENTS), default=0)
    return str(frames), f"{max((abs(one.confidence - two.confidence) for one, two in pairs), default=0.0):.1e}"


if __name__ == "__main__":
    main()
