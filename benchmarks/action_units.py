"""
Action units on people held out: by unit, with flow and a linear model beside it; labels by words without training.

    python -m benchmarks.action_units --faces FOLDER [FOLDER ...] [--model DIR] [--pairs 2000] [--train 4000]
        [--films FILM ... --piece 1.3]

Nobody who is scored was in the training or in the calibration of the shipped model. Half of the pairs are drawn as the
annotation sheets have them; the other half are combinations at random, most of which no emotion shows. Of films in
which nobody expresses anything, pieces are counted in which a unit is claimed.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import torch

from micron_bert.data.examples.registered import register_frames
from micron_bert.data.examples.targets import unit_truth
from micron_bert.errors import InputError
from micron_bert.evaluation.baselines.linear import FlowRidge, fit_linear, optical_flow
from micron_bert.labels.action_units import unit_title
from micron_bert.labels.emotions import LABELS
from micron_bert.labels.label_sets import read_label_set
from micron_bert.metrics import unweighted_f1
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting import Spotter
from micron_bert.synthesis.motion.units import EMOTION_UNITS
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import load_portraits, split_identities
from micron_bert.training.calibrate import split_held_out
from micron_bert.training.scores import score_unit_head
from micron_bert.training.unit_calibration import best_threshold
from micron_bert.video.reader import open_video

TEST_SEED, TRAINING_SEED = 9000, 9500
BINS = ((0.3, 0.6), (0.6, 1.2), (1.2, 2.5))  # % IOD
SHEETS = [frozenset(sheet) for sheets in EMOTION_UNITS.values() for sheet in sheets]


class Shown(NamedTuple):
    """A pair as the models see it, and what it shows."""

    frames: list[np.ndarray]
    truth: np.ndarray
    label: int
    amplitude: float
    numbers: frozenset[int]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.action_units", description=__doc__.splitlines()[1])
    parser.add_argument("--faces", nargs="+", required=True, help="folders with photographs of faces")
    parser.add_argument("--model", help="folder or Hub id (default: the one in the package)")
    parser.add_argument("--pairs", type=int, default=2000, help="that are scored, of each kind")
    parser.add_argument("--train", type=int, default=4000, help="that the linear model learns from")
    parser.add_argument("--films", nargs="*", default=[], help="in which nobody expresses anything")
    parser.add_argument("--piece", type=float, default=1.3, help="seconds of the pieces that a film is cut into")
    args = parser.parse_args(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    try:
        run(args)
    except InputError as error:
        print(f"benchmarks.action_units: {error}", file=sys.stderr)
        return 2
    return 0


def open_recognizer(model: str | None) -> Recognizer:
    """One whose model tells action units."""
    recognizer = Recognizer.from_pretrained(model, runtime="torch")
    if not recognizer.runtime.action_units:
        raise InputError("The model tells no action units; train a head with finetune_action_units.")
    return recognizer


def run(args: argparse.Namespace) -> None:
    recognizer = open_recognizer(args.model)
    runtime = recognizer.runtime
    names = list(runtime.action_units)
    if args.films:
        of_films(recognizer, args.films, args.piece)
    portraits = load_portraits(args.faces, size=recognizer.size)
    training, _ = split_identities(portraits)
    _, clean = split_held_out(portraits)
    learned = learn_flow(training, names, args.train)
    print(f"{len(training)} people in training, {len(clean)} who are scored; {args.pairs} pairs of each kind.\n")
    for title, combinations in (("As the annotation sheets have them", 0.0), ("Combinations at random", 1.0)):
        pairs = list(shown(clean, names, TEST_SEED, args.pairs, combinations))
        told = [runtime.compare([runtime.encode(pair.frames)]) for pair in pairs]
        logits = np.concatenate([one.action_units.logits for one in told])
        sides = np.concatenate([one.action_units.sides for one in told])
        truth = np.stack([pair.truth for pair in pairs])
        own = score_unit_head(logits, sides, truth, names, list(runtime.action_unit_thresholds))
        flow = score_unit_head(learned(pairs), sides, truth, names)
        report(title, names, own, flow)
        by_amplitude(logits, sides, truth, pairs, names, list(runtime.action_unit_thresholds))
        least = np.array(runtime.action_unit_thresholds)
        said = logits >= np.log(least / (1 - least))
        exact = (said == (truth[..., 0] == 1)).all(axis=1)
        if combinations:
            new = np.array([not any(pair.numbers <= sheet for sheet in SHEETS) for pair in pairs])
            print(f"the very set, of {new.sum()} pairs whose combination no emotion shows: {exact[new].mean():.3f}\n")
        else:
            resting = np.array([not pair.numbers for pair in pairs])
            claimed = said[resting].any(axis=1).mean()
            print(f"the very set: {exact.mean():.3f}; a unit claimed of a face at rest: {claimed:.3f}")
            by_words(logits, told, pairs, names, runtime)


def shown(portraits, names, seed: int, count: int, combinations: float) -> Iterator[Shown]:
    """Registered pairs and their units."""
    drawn = SyntheticPairs(portraits, portraits[0].size, seed, length=count, combinations=combinations)
    for index in range(count):
        pair = drawn[index]
        frames, _ = register_frames(list(pair.frames))
        numbers = frozenset(unit.number for unit in pair.action_units)
        yield Shown(frames, unit_truth(pair.action_units, names), pair.label, pair.amplitude, numbers)


def learn_flow(portraits, names: list[str], count: int):
    """A linear model on optical flow, its threshold for each unit chosen on a quarter that it did not learn from."""
    pairs = list(shown(portraits, names, TRAINING_SEED, count, 0.5))
    flow = np.stack([optical_flow(*pair.frames) for pair in pairs])
    present = np.stack([pair.truth[:, 0] for pair in pairs])
    kept = 3 * count // 4
    model = fit_linear(flow[:kept], present[:kept])
    scores = model.predict(flow[kept:].reshape(count - kept, -1))
    cuts = np.array([best_threshold(3 * scores[:, k], present[kept:, k]) for k in range(len(names))])
    model = fit_linear(flow, present)

    def predict(others: list[Shown]) -> np.ndarray:
        features = np.stack([optical_flow(*pair.frames).ravel() for pair in others])
        return 3 * model.predict(features) - np.log(cuts / (1 - cuts))

    return predict


def report(title: str, names: list[str], own: dict, flow: dict) -> None:
    print(f"### {title}\n\n| | μ-BERT, F1 | {FlowRidge.name}, F1 | pairs |\n|---|---|---|---|")
    for name in names:
        if own["occurs"][name]:
            print(f"| {unit_title(name)} | {own['f1'][name]:.3f} | {flow['f1'][name]:.3f} | {own['occurs'][name]} |")
    print(f"| **mean** | **{own['macro_f1']:.3f}** | {flow['macro_f1']:.3f} | {own['samples']} |\n")
    if own["one_sided_accuracy"] is not None:
        print(f"side right {own['side_accuracy']:.3f}; where one-sided {own['one_sided_accuracy']:.3f}")


def by_amplitude(logits, sides, truth, pairs: list[Shown], names: list[str], thresholds: list[float]) -> None:
    amplitude = np.array([pair.amplitude for pair in pairs])
    parts = []
    for low, high in BINS:
        inside = (amplitude >= low) & (amplitude < high)
        if inside.any():
            score = score_unit_head(logits[inside], sides[inside], truth[inside], names, thresholds)["macro_f1"]
            parts.append(f"{low}-{high} % IOD {score:.3f}")
    print("macro F1 by amplitude: " + ", ".join(parts))


def by_words(logits, told, pairs: list[Shown], names: list[str], runtime) -> None:
    """Three classes by their unit sets, beside the classifier that was trained for them."""
    moves = np.array([pair.label < LABELS.index("none") for pair in pairs])
    truth = np.array([pair.label for pair in pairs])[moves]
    labels = read_label_set("three")
    shares = 1 / (1 + np.exp(-logits[moves]))
    words = [next(iter(labels.probabilities(dict(zip(names, row, strict=True))))) for row in shares]
    order = [next(number for number, name in runtime.labels.items() if name == label) for label in LABELS[:3]]
    trained = np.concatenate([one.logits for one in told])[moves][:, order].argmax(axis=1)
    by_units = np.array([LABELS.index(word) for word in words])
    print(
        f"three classes, UF1: by words {unweighted_f1(truth, by_units, 3):.3f}, by the trained head "
        f"{unweighted_f1(truth, trained, 3):.3f}\n"
    )


def of_films(recognizer: Recognizer, films: list[str], piece: float) -> None:
    """In how many pieces of film a unit is claimed, and of how many the head alone would claim one."""
    spotter, claimed, alone = Spotter(recognizer), [], []
    least = dict(zip(recognizer.runtime.action_units, recognizer.runtime.action_unit_thresholds, strict=True))
    for film in films:
        with open_video(film) as video:
            seconds = max(frame.time for frame in video.frames())
        before = len(claimed)
        for start in np.arange(0, max(piece, seconds - piece + 0.01), piece):
            try:
                told = spotter.recognize(film, start=float(start), end=float(start + piece)).action_units
            except InputError as error:  # such as no face there
                print(f"{film} at {start:.1f} s: {error}")
                continue
            claimed.append(any(one.shown for one in told))
            alone.append(any(one.probability >= least[one.number] for one in told))
        print(f"{film}: a unit is claimed in {sum(claimed[before:])} of {len(claimed) - before}", flush=True)
    print(
        f"{len(claimed)} pieces of {piece:g} s of {len(films)} films: a unit is claimed in {np.mean(claimed):.3f}, of "
        f"the strongest movement alone it would be in {np.mean(alone):.3f}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
