"""
Fits the learned score of spotting on synthetic films.

    python -m micron_bert.spotting.fitting --faces FOLDER … [--model FOLDER] [--films 24] [--workers 2]

People whose names hash into the test part are left out, as in training. The aligned faces of the films are kept in
`--cache` (about 60 MB for a minute) and so are each film's candidates: an interrupted run goes on where it was, and
fitting again for another model of the same size is many times faster. Remove it when the alignment
or the films change.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import GroupKFold

from micron_bert.errors import InputError
from micron_bert.output_folder import whole_file
from micron_bert.recognition.recognizer import Recognizer, shipped_checkpoint
from micron_bert.spotting.extents import correct_extents
from micron_bert.spotting.features import FEATURES
from micron_bert.spotting.fitting.choice import LEAST_OVERLAP, Told, calibrate, choose, overlaps, tell
from micron_bert.spotting.fitting.films import candidates_at, fitting_plans
from micron_bert.spotting.fitting.trees import arrays_of, grow_extents, grow_forest
from micron_bert.spotting.score import KINDS, logit, sigmoid
from micron_bert.synthesis.films.film_set import load_people
from micron_bert.synthesis.films.timeline import EventRates
from micron_bert.synthesis.portraits import split_identities
from micron_bert.workers import run_jobs

FOLDS = 5
RANGE = (0.05, 0.95)  # of the confidence that is asked for at strictness 0.5
TRUSTS = (0.0, 1.0)  # in corrections of extents: whichever tells more
NEAR = 0.25  # overlap from which on a candidate is a reading of an event, to learn its extent from


class _Attempt(NamedTuple):
    """What `fit` comes to when it trusts its corrections of the extents by so much."""

    trust: float
    shares: list[np.ndarray]
    labels: np.ndarray
    told: list[Told]
    rate: float
    least: float
    gives: dict[str, float]


def fit(films: list[dict[str, np.ndarray]], kind: str, report=print) -> dict[str, np.ndarray]:
    """
    The trees for one kind of candidate, as the arrays that [`Forest`] takes.

    Corrections of extents are learned first, from candidates that overlap an event; then which extents are right, with
    the corrections and without: what tells more of films that the trees have not seen is kept. What confidences mean,
    and the one that `strictness` 0.5 asks for, comes from such films as well.

    Args:
        films (`list[dict[str, np.ndarray]]`): as [`candidates_of`] gives them.
        kind (`str`): `"micro"` or `"macro"`.
        report (`Callable[[str], None]`): takes what is to be said about it.
    """
    features = np.concatenate([film[f"{kind}_features"] for film in films])
    group = np.concatenate([np.full(len(film[f"{kind}_features"]), i) for i, film in enumerate(films)])
    fill = np.nan_to_num(np.nanmedian(features, axis=0))
    features = np.where(np.isfinite(features), features, fill)
    folds = list(GroupKFold(min(FOLDS, len(films))).split(features, groups=group)) if len(films) > 1 else []

    wanted = np.concatenate([wanted_corrections(film, kind) for film in films])
    near = np.isfinite(wanted[:, 0])
    if not folds or any(near[train].sum() < 10 for train, _ in folds):
        raise InputError(f"Among the {kind} candidates of the films are too few expressions; make more films.")
    corrections = np.zeros_like(wanted)
    for train, test in folds:
        known = train[near[train]]
        corrections[test] = grow_extents(features[known], wanted[known]).predict(features[test])

    def attempt(trust: float) -> _Attempt | None:
        """Extents as far as the corrections are trusted, which of them are right, and what is told of unseen films."""
        extents = [corrected(film, kind, trust * corrections[group == i]) for i, film in enumerate(films)]
        shares = [overlaps(extent, film[f"{kind}_events"]) for extent, film in zip(extents, films, strict=True)]
        labels = np.concatenate([(share >= LEAST_OVERLAP).any(axis=1) for share in shares]).astype(int)
        if any(len(set(labels[train])) < 2 for train, _ in folds):
            return None  # nothing is right so, or everything
        votes = np.zeros(len(labels))
        for train, test in folds:
            votes[test] = grow_forest(features[train], labels[train]).predict_proba(features[test])[:, 1]
        told = [
            tell(extent, votes[group == i], film[f"{kind}_events"], float(film["seconds"]) / 60)
            for i, (extent, film) in enumerate(zip(extents, films, strict=True))
        ]
        events, minutes = sum(len(film.sizes) for film in told), sum(film.minutes for film in told)
        rate = getattr(EventRates(), kind) * minutes / max(events, 1)
        return _Attempt(trust, shares, labels, told, rate, *choose(told, kind, rate))

    # moving the ends makes more candidates right, but does not always tell the right ones better from the others
    attempts = [one for one in map(attempt, TRUSTS) if one is not None]
    if not attempts:
        raise InputError(f"No {kind} candidate of the films is right, or all are; make more films.")
    trust, shares, labels, told, rate, least, gives = max(attempts, key=lambda one: one.gives["f1"])
    events, minutes = sum(len(film.sizes) for film in told), sum(film.minutes for film in told)
    slope, intercept = calibrate(told, rate)

    reached = sum(int((share >= LEAST_OVERLAP).any(axis=0).sum()) for share in shares)
    report(
        f"{kind}: {len(labels)} candidates in {minutes:.1f} minutes, {labels.mean():.0%} of them right; {events} "
        f"expressions, {reached} among the candidates; ends {'moved' if trust else 'as found'}; on unseen films: "
        + ", ".join(f"{name} {value:.3f}" for name, value in gives.items())
    )
    trees = grow_forest(features, labels)
    ranked = sorted(zip(trees.feature_importances_, FEATURES, strict=True), reverse=True)[:12]
    report("  " + ", ".join(f"{name} {share:.2f}" for share, name in ranked))
    ends = arrays_of(grow_extents(features[near], trust * wanted[near]))  # without trust, trees of a single leaf
    return {
        **arrays_of(trees),
        **{f"extent_{name}": array for name, array in ends.items()},
        "fill": fill.astype(np.float32),
        "slope": slope,
        "intercept": intercept,
        "best": np.clip(sigmoid(slope * logit(least) + intercept), *RANGE),
    }


def wanted_corrections(film: dict[str, np.ndarray], kind: str) -> np.ndarray:
    """What has to be added to onsets and offsets `(N, 2)`, as shares of the lengths; NaN far from any event."""
    extents, events = film[f"{kind}_extents"], film[f"{kind}_events"]
    wanted = np.full((len(extents), 2), np.nan)
    if wanted.size and len(events):
        shares = overlaps(extents, events)
        nearest, near = events[shares.argmax(axis=1)], shares.max(axis=1) >= NEAR
        length = np.maximum(extents[:, 2] - extents[:, 0], 1)[:, None]
        wanted[near] = ((nearest[:, :2] - extents[:, [0, 2]]) / length)[near]
    return wanted


def corrected(film: dict[str, np.ndarray], kind: str, corrections: np.ndarray) -> np.ndarray:
    """Extents `(N, 3)` in frames, corrected and on frames again."""
    fps = float(film["fps"])
    return np.round(correct_extents(film[f"{kind}_extents"] / fps, corrections, kind) * fps)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Fit the learned score of spotting on synthetic films.")
    parser.add_argument("--faces", nargs="+", required=True, help="folders of photographs of faces")
    parser.add_argument("--model", default=str(shipped_checkpoint()), help="folder of a fine-tuned μ-BERT")
    parser.add_argument("--films", type=int, default=24, help="how many (default: 24)")
    parser.add_argument("--seconds", type=float, default=45.0, help="of a film (default: 45)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument(
        "--cache", type=Path, default=Path("spotting_candidates"), help="folder for faces and candidates"
    )
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1] / "score.npz")
    args = parser.parse_args(arguments)

    size = Recognizer.from_pretrained(args.model, "cpu").size
    people, _ = split_identities(load_people(args.faces))
    plans = fitting_plans(people, args.films, args.seconds, args.seed)
    args.cache.mkdir(parents=True, exist_ok=True)
    work = ((args.cache, plan, size, args.model) for plan in plans)
    of_plan = {}
    for (_, plan, *_), candidates in run_jobs(candidates_at, work, args.workers):
        of_plan[plan.name] = candidates
        print(f"film {len(of_plan)} of {args.films}", flush=True)
    films = [of_plan[plan.name] for plan in plans]
    arrays = {"features": np.array(FEATURES)}
    for kind in KINDS:
        arrays |= {f"{kind}_{name}": array for name, array in fit(films, kind).items()}
    with whole_file(args.output) as draft, draft.open("wb") as file:
        np.savez_compressed(file, **arrays)
    print(args.output)
