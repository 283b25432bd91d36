"""
The score that a model has to beat: optical flow, principal components and ridge regression on synthetic pairs.

Trains on pairs of some people, tests on pairs of others, by class and by amplitude:

    python benchmarks/recognition_baseline.py FACES [FACES ...] [--train 4000] [--test 1500] [--no-register]
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
from micron_bert.labels import LABELS
from micron_bert.metrics import unweighted_average_recall, unweighted_f1
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portrait import load_portraits, split_identities

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


def score(labels: np.ndarray, predictions: np.ndarray, num_classes: int) -> str:
    uf1 = unweighted_f1(labels, predictions, num_classes)
    uar = unweighted_average_recall(labels, predictions, num_classes)
    return f"UF1 {uf1:.3f}  UAR {uar:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", nargs="+", help="folders with photographs of faces")
    parser.add_argument("--train", type=int, default=4000, help="pairs to train on")
    parser.add_argument("--test", type=int, default=1500, help="pairs of other people to test on")
    parser.add_argument("--residue", type=float, default=0.3, help="head movement left by the alignment, in pixels")
    parser.add_argument("--no-register", action="store_true", help="take the frames as the alignment leaves them")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    train, test = split_identities(load_portraits(args.faces), seed=args.seed)
    make = partial(SyntheticPairs, residue=args.residue)
    x, y, _ = collect(make(train, seed=args.seed), args.train, not args.no_register, args.workers)
    x_test, y_test, amplitude = collect(make(test, seed=args.seed + 1), args.test, not args.no_register, args.workers)

    people = [len({portrait.subject for portrait in part}) for part in (train, test)]
    print(f"{args.train} pairs of {people[0]} people to train on, {args.test} of {people[1]} others to test on")
    predictions = fit(x, y).predict(x_test)
    print(f"4 classes                  {score(y_test, predictions, len(LABELS))}")
    moving, moving_test = y < 3, y_test < 3
    predictions = fit(x[moving], y[moving]).predict(x_test)
    print(f"3 classes                  {score(y_test[moving_test], predictions[moving_test], 3)}")
    for low, high in BINS:
        chosen = moving_test & (amplitude >= low) & (amplitude < high)
        print(
            f"3 classes, {low}-{high} % IOD  {score(y_test[chosen], predictions[chosen], 3)}  ({chosen.sum()} pairs)"
        )


if __name__ == "__main__":
    main()
