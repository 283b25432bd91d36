"""
Fits the learned score of spotting on synthetic films.

    python -m micron_bert.spotting.fitting --faces FOLDER … [--model FOLDER] [--films 24] [--workers 2]

People whose names hash into the test part are left out, as in training. The aligned faces of the films are kept in
`--cache` (about 60 MB for a minute): an interrupted run goes on where it was, and fitting again for another model of
the same size is many times faster. Remove it when the alignment or the films change.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from micron_bert.errors import InputError
from micron_bert.metrics.spotting import spotting_f1
from micron_bert.output_folder import whole_file
from micron_bert.recognition import Recognizer, shipped_checkpoint
from micron_bert.spotting.features import FEATURES
from micron_bert.spotting.finder import FaceFinder
from micron_bert.spotting.score import KINDS, Score, logit
from micron_bert.spotting.track import AlignedFace, FaceTrack
from micron_bert.spotting.watch import FaceWatch
from micron_bert.synthesis.films import FilmPlan, training_films
from micron_bert.synthesis.script import Happenings
from micron_bert.video.reader import open_video
from micron_bert.video.writer import write_video

RATES = (25.0, 30.0, 30.0, 40.0)  # frames per second; faster films are brought to 40
EVENTFUL = Happenings(micro=14.0, macro=5.0)
LEAST_OVERLAP = 0.5
NEXT_TO_BEST = 0.02  # of F1
FOREST = {"n_estimators": 150, "min_samples_leaf": 4, "max_leaf_nodes": 128, "class_weight": "balanced"}
FOLDS = 4


def align_film(plan: FilmPlan, size: int) -> dict[str, np.ndarray]:
    """
    Makes a film, compresses it as videos are, and aligns its face.

    Returns:
        `dict[str, np.ndarray]`: the fields of [`AlignedFace`] by name, one row for each frame; `fps`; `events`
        `(M, 4)`: onset, offset, amplitude in % of the inter-ocular distance, and 1 for a macro-expression.
    """
    cv2.setNumThreads(1)
    film = plan.film()
    finder, track, faces = FaceFinder(), FaceTrack(size), []
    with TemporaryDirectory() as folder:
        path = write_video(Path(folder) / "film.mp4", film.frames(), film.fps)
        with open_video(path) as video:
            for index, time, image in video:
                faces += track.push(index, index, time, image, finder.locate(image, time).get(0))
    faces += track.interrupt()
    events = [(event.onset, event.offset, event.amplitude, event.kind == "macro") for event in film.events]
    columns = zip(*faces, strict=True)
    return {
        **{name: np.array(column) for name, column in zip(AlignedFace._fields, columns, strict=True)},
        "fps": np.array(film.fps),
        "events": np.array(events, float).reshape(-1, 4),
    }


def candidates_of(film: dict[str, np.ndarray], model: str) -> dict[str, np.ndarray]:
    """
    Spots in an aligned film and collects the candidates.

    Returns:
        `dict[str, np.ndarray]`: by kind, `{kind}_features` `(N, F)`, `{kind}_extents` `(N, 3)` in frames,
        `{kind}_events` `(M, 3)`: onset, offset, amplitude; and `{kind}_usual`.
    """
    torch.set_num_threads(1)
    found = {"micro": ([], []), "macro": ([], [])}

    def listen(kind: str, features: np.ndarray, extents: list[list[int]]) -> None:
        found[kind][0].append(features)
        found[kind][1].extend(extents)

    watch = FaceWatch(Recognizer.from_pretrained(model, "cpu"), Score.blank(), listener=listen)
    rows = zip(*(film[name] for name in AlignedFace._fields), strict=True)
    spacing = 1 / float(film["fps"])
    for index, time, place, image, transform, landmarks, stretch, gain, correlation in rows:
        face = AlignedFace(
            int(index), float(time), int(place), image, transform, landmarks, int(stretch), gain, correlation
        )
        watch.take([face], spacing)
    watch.interrupt(spacing)
    result = {}
    for kind, (features, extents) in found.items():
        result[f"{kind}_features"] = np.concatenate(features) if features else np.zeros((0, len(FEATURES)))
        result[f"{kind}_extents"] = np.array(extents, int).reshape(-1, 3)
        result[f"{kind}_events"] = film["events"][film["events"][:, 3] == (kind == "macro"), :3]
        result[f"{kind}_usual"] = np.array(np.median(watch.noise[kind]) if watch.noise[kind] else 0.0)
    return result


def overlaps(extents: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Intersection over union `(N, M)` of extents `(N, 3)` with events `(M, 3)`, both end frames included."""
    onset, offset = extents[:, 0][:, None], extents[:, 2][:, None]
    shared = np.minimum(offset, events[:, 1]) - np.maximum(onset, events[:, 0]) + 1
    union = (offset - onset) + (events[:, 1] - events[:, 0]) + 2 - shared
    return np.clip(shared, 0, None) / union


def fit(films: list[dict[str, np.ndarray]], kind: str, report=print) -> dict[str, np.ndarray]:
    """
    A forest for one kind of candidate, as the arrays that [`Forest`] takes.

    Probabilities and the confidence that `strictness` 0.5 asks for come from films that the trees have not seen.
    """
    features = np.concatenate([film[f"{kind}_features"] for film in films])
    group = np.concatenate([np.full(len(film[f"{kind}_features"]), i) for i, film in enumerate(films)])
    labels = np.concatenate([_labels(film, kind) for film in films])
    if len(np.unique(labels)) < 2 or len(films) < 2:
        raise InputError(f"Among the {kind} candidates of the films are no two classes; make more or longer films.")
    fill = np.nan_to_num(np.nanmedian(features, axis=0))
    features = np.where(np.isfinite(features), features, fill)
    held_out = np.zeros(len(labels))
    for train, test in GroupKFold(min(FOLDS, len(films))).split(features, labels, group):
        trees = ExtraTreesClassifier(random_state=0, **FOREST).fit(features[train], labels[train])
        held_out[test] = trees.predict_proba(features[test])[:, 1]
    curve = LogisticRegression(C=1e6).fit(logit(held_out)[:, None], labels)
    confidence = curve.predict_proba(logit(held_out)[:, None])[:, 1]
    best, f1 = _best_confidence(films, kind, [confidence[group == i] for i in range(len(films))])
    trees = ExtraTreesClassifier(random_state=0, **FOREST).fit(features, labels)
    events = sum(len(film[f"{kind}_events"]) for film in films)
    shares = [overlaps(film[f"{kind}_extents"], film[f"{kind}_events"]) for film in films]
    reached = sum(int((share >= LEAST_OVERLAP).any(axis=0).sum()) for share in shares)
    report(
        f"{kind}: {len(labels)} candidates, {int(labels.sum())} of them expressions; {events} expressions, {reached} "
        f"among the candidates; F1 on films not fitted on {f1:.3f} at confidence {best:.2f}"
    )
    ranked = sorted(zip(trees.feature_importances_, FEATURES, strict=True), reverse=True)[:12]
    report("  " + ", ".join(f"{name} {share:.2f}" for share, name in ranked))
    return {
        **_arrays(trees),
        "fill": fill.astype(np.float32),
        "slope": curve.coef_[0, 0],
        "intercept": curve.intercept_[0],
        "best": best,
        "usual": np.median([film[f"{kind}_usual"] for film in films]),
    }


def _labels(film: dict[str, np.ndarray], kind: str) -> np.ndarray:
    shares = overlaps(film[f"{kind}_extents"], film[f"{kind}_events"])
    return (shares >= LEAST_OVERLAP).any(axis=1).astype(int) if shares.size else np.zeros(len(shares), int)


def _best_confidence(films, kind: str, confidences: list[np.ndarray]) -> tuple[float, float]:
    """The strictest confidence whose F1 is next to the best, and that F1: false alarms cost more than their share."""
    reached = []
    for least in np.arange(0.1, 0.95, 0.025):
        hits = spotted = truth = 0
        for film, confidence in zip(films, confidences, strict=True):
            shares = overlaps(film[f"{kind}_extents"], film[f"{kind}_events"])
            kept = _without_rivals(film[f"{kind}_extents"], confidence, least)
            spotted, truth = spotted + len(kept), truth + shares.shape[1]
            hits += int((shares[kept] >= LEAST_OVERLAP).any(axis=0).sum()) if len(kept) else 0
        reached.append((spotting_f1(min(hits, spotted), spotted, truth), float(least)))
    best = max(reached)[0]
    f1, least = max(((f1, least) for f1, least in reached if f1 >= best - NEXT_TO_BEST), key=lambda pair: pair[1])
    return least, f1


def _without_rivals(extents: np.ndarray, confidence: np.ndarray, least: float) -> list[int]:
    kept: list[int] = []
    for i in np.argsort(-confidence, kind="stable"):
        if confidence[i] < least:
            break
        if not any(extents[i, 0] < extents[k, 2] and extents[k, 0] < extents[i, 2] for k in kept):
            kept.append(int(i))
    return kept


def _arrays(forest: ExtraTreesClassifier) -> dict[str, np.ndarray]:
    """The trees side by side, in arrays as long as the longest; a leaf has itself on both sides."""
    each = [estimator.tree_ for estimator in forest.estimators_]
    shape = len(each), max(tree.node_count for tree in each)
    arrays = {name: np.zeros(shape, np.int16) for name in ("feature", "left", "right")}
    arrays |= {"threshold": np.zeros(shape, np.float32), "value": np.zeros(shape, np.float16)}
    for row, tree in enumerate(each):
        leaf, count = tree.children_left < 0, tree.node_count
        own = np.arange(count)
        arrays["feature"][row, :count] = np.where(leaf, 0, tree.feature)
        arrays["threshold"][row, :count] = np.where(leaf, 0, tree.threshold)
        arrays["left"][row, :count] = np.where(leaf, own, tree.children_left)
        arrays["right"][row, :count] = np.where(leaf, own, tree.children_right)
        arrays["value"][row, :count] = tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1)
    return {**arrays, "depth": np.array(max(tree.max_depth for tree in each))}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Fit the learned score of spotting on synthetic films.")
    parser.add_argument("--faces", nargs="+", required=True, help="folders of photographs of faces")
    parser.add_argument("--model", default=str(shipped_checkpoint()), help="folder of a fine-tuned μ-BERT")
    parser.add_argument("--films", type=int, default=24, help="how many (default: 24)")
    parser.add_argument("--seconds", type=float, default=45.0, help="of each film (default: 45)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--cache", type=Path, default=Path("spotting_candidates"), help="folder for the candidates")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("score.npz"))
    args = parser.parse_args(arguments)

    size = Recognizer.from_pretrained(args.model, "cpu").size
    plans = training_films(args.faces, args.films, args.seconds, RATES, EVENTFUL, args.seed)
    args.cache.mkdir(parents=True, exist_ok=True)
    # processes are started anew: forked ones would share the threads of the libraries
    with ProcessPoolExecutor(args.workers, get_context("spawn")) as pool:
        running = []
        for plan in plans:
            name = f"{plan.sitter.subject}_{size}_{args.seconds:g}_{args.seed}_{plan.name}.npz".replace("/", "_")
            running.append(pool.submit(_film, args.cache / name, plan, size, args.model))
        films = []
        for future in running:
            films.append(future.result())
            print(f"film {len(films)} of {args.films}", flush=True)
    arrays = {"features": np.array(FEATURES)}
    for kind in KINDS:
        arrays |= {f"{kind}_{name}": array for name, array in fit(films, kind).items()}
    with whole_file(args.output) as draft, draft.open("wb") as file:
        np.savez_compressed(file, **arrays)
    print(args.output)


def _film(path: Path, plan: FilmPlan, size: int, model: str) -> dict[str, np.ndarray]:
    if not path.exists():
        film = align_film(plan, size)
        with whole_file(path) as draft, draft.open("wb") as file:
            np.savez(file, **film)
    return candidates_of(dict(np.load(path)), model)


if __name__ == "__main__":
    main()
