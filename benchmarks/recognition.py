"""
Recognition on synthetic pairs of people that were held out: μ-BERT beside what it has to beat, optical flow, principal
components and ridge regression.

    python benchmarks/recognition.py FACES [FACES ...] [--model DIR|ID] [--train 4000] [--test 2000] [--no-register]

The people held out are those that `micron-bert finetune --faces` holds out of the same folders. The baseline is
trained here, on pairs of the others.
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import cv2
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from micron_bert.faces.registration import register
from micron_bert.labels.emotions import LABELS
from micron_bert.metrics import unweighted_average_recall, unweighted_f1
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import load_portraits, split_identities

FLOW_GRID = 28
BINS = ((0.3, 0.6), (0.6, 1.2), (1.2, 2.5))


def flow_feature(onset: np.ndarray, apex: np.ndarray) -> np.ndarray:
    """DIS optical flow of the enlarged frames, without its median, on a grid: `(2 * 28 * 28,)`."""
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    onset, apex = (
        cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        for frame in (onset, apex)
    )
    field = cv2.resize(flow.calc(onset, apex, None), (FLOW_GRID, FLOW_GRID), interpolation=cv2.INTER_AREA)
    return (field - np.median(field, axis=(0, 1))).ravel()


def prepare(pairs: SyntheticPairs, registered: bool) -> None:
    """Give a worker process the portraits once."""
    global describe_index
    cv2.setNumThreads(1)
    describe_index = partial(describe, pairs, registered)


def describe(pairs: SyntheticPairs, registered: bool, index: int) -> tuple[np.ndarray, int, float]:
    """Feature, label and amplitude of one pair."""
    pair = pairs[index]
    onset, apex = pair.frames
    if registered:
        apex = register(apex, onset).frame
    return flow_feature(onset, apex), pair.label, pair.amplitude


def describe_in_worker(index: int) -> tuple[np.ndarray, int, float]:
    return describe_index(index)


def collect(pairs: SyntheticPairs, count: int, registered: bool, workers: int) -> tuple[np.ndarray, ...]:
    """Features `(N, D)`, labels `(N,)` and amplitudes `(N,)` of the first `count` pairs."""
    if workers <= 1:
        prepare(pairs, registered)
        rows = [describe_in_worker(index) for index in range(count)]
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context, initializer=prepare, initargs=(pairs, registered)) as pool:
            rows = list(pool.map(describe_in_worker, range(count), chunksize=50))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def fit(features: np.ndarray, labels: np.ndarray):
    """The classifier."""
    model = make_pipeline(PCA(80, random_state=0), StandardScaler(), RidgeClassifier(alpha=100.0))
    return model.fit(features, labels)


def predict_with_model(model: str | None, pairs: SyntheticPairs, count: int, registered: bool) -> np.ndarray:
    """Scores `(count, 4)` of a fine-tuned μ-BERT, in the order of `LABELS`."""
    import torch

    from micron_bert.recognition.recognizer import Recognizer

    torch.set_num_threads(1)
    recognizer = Recognizer.from_pretrained(model)
    order = [recognizer.model.config.label2id[label] for label in LABELS]
    scores = []
    for first in range(0, count, 32):
        clips = []
        for index in range(first, min(first + 32, count)):
            onset, apex = pairs[index].frames
            clips.append([onset, register(apex, onset).frame if registered else apex])
        pixels = recognizer.processor(clips, return_tensors="pt").pixel_values
        with torch.inference_mode():
            scores.append(recognizer.model(pixels.to(recognizer.model.device)).logits[:, order].float().cpu().numpy())
    return np.concatenate(scores)


def score(labels: np.ndarray, predictions: np.ndarray, num_classes: int) -> str:
    uf1 = unweighted_f1(labels, predictions, num_classes)
    uar = unweighted_average_recall(labels, predictions, num_classes)
    return f"{uf1:.3f} / {uar:.3f}"


def row(name: str, labels: np.ndarray, amplitude: np.ndarray, four: np.ndarray, three: np.ndarray) -> str:
    """One row of the table: predictions over all four classes, and over the three that move."""
    moves = labels < 3
    cells = [score(labels, four, len(LABELS)), score(labels[moves], three[moves], 3)]
    for low, high in BINS:
        chosen = moves & (amplitude >= low) & (amplitude < high)
        cells.append(score(labels[chosen], three[chosen], 3))
    false_alarms = (four[~moves] != 3).mean()
    return "| " + " | ".join([name, *cells, f"{false_alarms:.1%}"]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", nargs="+", help="folders with photographs of faces")
    parser.add_argument("--model", help="fine-tuned μ-BERT (default: the one in the package)")
    parser.add_argument("--train", type=int, default=4000, help="pairs to train the baseline on")
    parser.add_argument("--test", type=int, default=2000, help="pairs of other people to test on")
    parser.add_argument("--residue", type=float, default=0.3, help="head movement left by the alignment, in pixels")
    parser.add_argument("--no-register", action="store_true", help="take the frames as the alignment leaves them")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1000, help="of the pairs; finetune uses small ones")
    args = parser.parse_args()

    train, test = split_identities(load_portraits(args.faces))
    make, registered = partial(SyntheticPairs, residue=args.residue), not args.no_register
    x, y, _ = collect(make(train, seed=args.seed), args.train, registered, args.workers)
    test_pairs = make(test, seed=args.seed + 1)
    x_test, y_test, amplitude = collect(test_pairs, args.test, registered, args.workers)

    people = [len({portrait.subject for portrait in part}) for part in (train, test)]
    print(f"{args.test} synthetic pairs of {people[1]} people held out; UF1 / UAR\n")
    sizes = " | ".join(f"{low}–{high} % IOD" for low, high in BINS)
    print(f"| | four classes | three classes | {sizes} | `none` called an expression |")
    print("|---|---|---|---|---|---|---|")
    moving = y < 3
    four, three = fit(x, y).predict(x_test), fit(x[moving], y[moving]).predict(x_test)
    name = f"optical flow, PCA, ridge ({args.train} pairs of {people[0]} people)"
    print(row(name, y_test, amplitude, four, three), flush=True)
    scores = predict_with_model(args.model, test_pairs, args.test, registered)
    print(row(args.model or "μ-BERT tiny (shipped)", y_test, amplitude, scores.argmax(1), scores[:, :3].argmax(1)))


if __name__ == "__main__":
    main()
