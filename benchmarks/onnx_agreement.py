"""
Whether the exported graphs say what torch says, on faces: pairs that are synthesised and courses of real film.

    python benchmarks/onnx_agreement.py FACES [FACES ...] --films FOLDER [FOLDER ...] [--pairs 200] [--courses 50]

The model is exported anew. Pairs show people who were held out of the training. Courses are two seconds of film, read
frame by frame as the spotter reads them, with every movement measured by the graphs themselves.
"""

import argparse
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch

from micron_bert.data.examples.real_films import load_real_films
from micron_bert.faces.registration import register
from micron_bert.model.recognizer_micron_bert import CourseAnswer
from micron_bert.onnx.export import export
from micron_bert.onnx.runtime import OnnxRuntime
from micron_bert.onnx.session import open_session
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import load_portraits, split_identities
from micron_bert.training.course.examples import course_of

PRECISIONS = {"single": "", "half": "_fp16"}
SECONDS, SEED = 2.0, 9100


def precise(folder: Path, precision: str) -> OnnxRuntime:
    """The runtime whose graphs have weights of a precision."""
    runtime = OnnxRuntime(folder)
    end = PRECISIONS[precision]
    runtime.encoder, runtime.pair = (open_session(folder / f"{name}{end}.onnx") for name in ("encoder", "pair"))
    runtime.course.session = open_session(folder / f"course{end}.onnx")
    return runtime


def drawn_pairs(faces: list[str], size: int, count: int) -> list[list[np.ndarray]]:
    """Registered pairs of people held out."""
    _, people = split_identities(load_portraits(faces, size=size))
    pairs = SyntheticPairs(people, seed=SEED, residue=0.3)
    several = (pairs[number].frames[:2] for number in range(count))
    return [[np.asarray(onset), register(np.asarray(apex), np.asarray(onset)).frame] for onset, apex in several]


def drawn_courses(folders: list[str], size: int, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Frames `(T, S, S, 3)` and seconds `(T,)` of parts of real films, one film after the other."""
    films = [film for film in load_real_films(folders, size) if film.times[-1] - film.times[0] >= SECONDS]
    rng, parts = np.random.default_rng(SEED), []
    for number in range(count):
        film = films[number % len(films)]
        begin = rng.uniform(film.times[0], film.times[-1] - SECONDS)
        inside = slice(*np.searchsorted(film.times, (begin, begin + SECONDS)))
        parts.append((film.frames[inside], film.times[inside] - film.times[inside][0]))
    return parts


def of_pairs(runtime, pairs: list[list[np.ndarray]]) -> dict[str, np.ndarray]:
    told = [runtime.compare([runtime.encode(pair)]) for pair in pairs]
    return {name: np.concatenate([getattr(one, name) for one in told]) for name in ("logits", "micro_map")}


def of_courses(recognizer: Recognizer, courses: list[tuple]) -> list[CourseAnswer]:
    return [recognizer.runtime.course.read(*course_of(*course, recognizer)) for course in courses]


def largest(ours: list[np.ndarray], theirs: list[np.ndarray]) -> float:
    return max(float(np.abs(one - other).max()) for one, other in zip(ours, theirs, strict=True))


def agreeing(ours: list[np.ndarray], theirs: list[np.ndarray]) -> float:
    """Share of what is told alike, by the likeliest class."""
    same = [one.argmax(axis=-1) == other.argmax(axis=-1) for one, other in zip(ours, theirs, strict=True)]
    return float(np.concatenate([one.ravel() for one in same]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", nargs="+", help="folders with photographs of faces")
    parser.add_argument("--films", nargs="+", required=True, help="folders with films of faces")
    parser.add_argument("--model", help="folder or Hub id; the shipped model if left out")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--courses", type=int, default=50)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    recognizer = Recognizer.from_pretrained(args.model, runtime="torch")
    pairs = drawn_pairs(args.faces, recognizer.size, args.pairs)
    courses = drawn_courses(args.films, recognizer.size, args.courses)
    theirs, theirs_courses = of_pairs(recognizer.runtime, pairs), of_courses(recognizer, courses)
    print(f"{len(pairs)} pairs, {len(courses)} courses of {SECONDS:g} s; the largest difference from torch\n")
    print("| weights | logits | micro map | labels equal | course: kind | course: steps of one kind |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "onnx"
        export(args.model, folder)
        for precision in PRECISIONS:
            recognizer.runtime = precise(folder, precision)
            ours, ours_courses = of_pairs(recognizer.runtime, pairs), of_courses(recognizer, courses)
            kinds = [one.kind for one in ours_courses], [one.kind for one in theirs_courses]
            cells = [largest([ours[name]], [theirs[name]]) for name in ("logits", "micro_map")]
            same = agreeing([ours["logits"]], [theirs["logits"]])
            print(
                f"| {precision} | {cells[0]:.1e} | {cells[1]:.1e} | {same:.1%} | {largest(*kinds):.1e} | "
                f"{agreeing(*kinds):.2%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
