"""
Spotting in films of people that were held out: μ-BERT's spotter beside frame differences and optical flow.

    python benchmarks/spotting.py FACES [FACES ...] --output DIR [--films 6] [--duration 60] [--processes 2] [--quick]

The people held out are those that `micron-bert finetune --faces` holds out of the same folders. The films are written
to DIR/videos with what happens in them in DIR/truth.csv; results are kept beside them, so that an interrupted run goes
on and another model is compared on the same films. Lengths and thresholds of the baselines are chosen on films of the
other people; the spotter runs as it comes.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from micron_bert.cache_key import cache_key
from micron_bert.evaluation.spotting.baselines import BASELINES, Trials, Tuning
from micron_bert.evaluation.spotting.database import score_table
from micron_bert.evaluation.spotting.long_videos import film_truth
from micron_bert.evaluation.spotting.runs import BASELINE, SPOTTER, Found, Job, find_all, key_of, read_found
from micron_bert.evaluation.spotting.scores import Candidate, Spotted, score_videos
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film_set import VIDEOS, FilmPlan, load_people, plan_films, read_films, write_films
from micron_bert.synthesis.portraits import split_identities

NEUTRAL = "spotter, neutral stretch given"
CALM = EventRates(micro=0.0)


def parts(train: list, test: list, args) -> dict[str, list[FilmPlan]]:
    """The films of each part of the benchmark."""
    return {
        "tuning": plan_films(train, args.tuning, args.duration, 30.0, prefix="tuning_", seed=args.seed),
        "30 fps": plan_films(test, args.films, args.duration, 30.0, prefix="slow_", seed=args.seed),
        "calm": plan_films(test, args.calm, args.duration, 30.0, CALM, prefix="calm_", seed=args.seed),
        "200 fps": plan_films(test, args.fast, args.fast_duration, 200.0, prefix="fast_", seed=args.seed),
    }


def as_spotted(plan: FilmPlan, films: dict, candidates: list[Candidate]) -> Spotted:
    """A film with its truth and what was found in it."""
    subject = plan.person.subject
    return Spotted(subject, plan.name, plan.duration / 60, film_truth(films[subject, plan.name].events), candidates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", nargs="+", help="folders with photographs of faces")
    parser.add_argument("--output", type=Path, required=True, help="folder for films and results")
    parser.add_argument("--films", type=int, default=6, help="films of 30 fps (default: 6)")
    parser.add_argument("--calm", type=int, default=2, help="films of 30 fps without a micro-expression (default: 2)")
    parser.add_argument("--fast", type=int, default=2, help="films of 200 fps (default: 2)")
    parser.add_argument("--tuning", type=int, default=3, help="films for the baselines' thresholds (default: 3)")
    parser.add_argument("--duration", type=float, default=60.0, help="seconds of a film (default: 60)")
    parser.add_argument("--fast-duration", type=float, default=30.0, help="the same at 200 fps (default: 30)")
    parser.add_argument("--quick", action="store_true", help="two films a part, 20 s each")
    parser.add_argument("--model", help="folder or Hub id; the shipped model if left out")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other films (default: 0)")
    parser.add_argument(
        "--neutral", type=float, help="spot also with the first so many seconds without an event given as neutral"
    )
    parser.add_argument("--processes", type=int, default=2, help="processes at work (default: 2)")
    args = parser.parse_args()
    if args.quick:
        args.films, args.calm, args.fast, args.tuning, args.duration, args.fast_duration = 2, 1, 1, 2, 20.0, 10.0

    train, test = split_identities(load_people(args.faces))
    plans = parts(train, test, args)
    films = [plan for part in plans.values() for plan in part]
    key = cache_key("films", [(p.name, p.duration, p.fps, p.seed) for p in films], code=[write_films.__module__])
    folder = args.output / key
    write_films(films, folder, args.processes, lambda name: print(f"film {name}", file=sys.stderr, flush=True))
    truth = read_films(folder)
    keys = {method: key_of(method, args.model) for method in (SPOTTER, BASELINE)}
    jobs = {
        (plan.name, method): Job(
            folder / VIDEOS / f"{plan.name}.mp4",
            plan.fps,
            method,
            folder / "found" / f"{plan.name}-{method}-{keys[method]}.json",
            args.model,
        )
        for part, members in plans.items()
        for plan in members
        for method in keys
        if not (part == "tuning" and method == SPOTTER)
    }
    if args.neutral:
        for plan in (plan for part, members in plans.items() if part != "tuning" for plan in members):
            stretch = quiet_stretch(film_truth(truth[plan.person.subject, plan.name].events), args.neutral, plan)
            job = jobs[plan.name, SPOTTER]
            path = job.path.with_stem(f"{job.path.stem}-{args.neutral:g}")
            jobs[plan.name, NEUTRAL] = replace(job, path=path, neutral=stretch)
    find_all(list(jobs.values()), args.processes, lambda said: print(said, file=sys.stderr, flush=True))
    found = {name: read_found(job.path) for name, job in jobs.items()}

    tunings = {
        method: Tuning.choose(
            [
                Trials.of(as_spotted(plan, truth, []), found[plan.name, BASELINE].peaks[method], plan.fps)
                for plan in plans["tuning"]
            ]
        )
        for method in BASELINES
    }
    minutes, people = sum(plan.duration for plan in films) / 60, len({plan.person.subject for plan in films})
    print(f"{len(films)} films of {minutes:.1f} minutes, {people} people")
    held_out = {
        "30 fps": [*plans["30 fps"], *plans["calm"]],
        "200 fps": plans["200 fps"],
        "together": [*plans["30 fps"], *plans["calm"], *plans["200 fps"]],
    }
    for part, members in held_out.items():
        results = {"μ-BERT": [as_spotted(p, truth, found[p.name, SPOTTER].candidates) for p in members]}
        if args.neutral:
            given = f"μ-BERT, {args.neutral:g} s of rest given"
            results[given] = [as_spotted(p, truth, found[p.name, NEUTRAL].candidates) for p in members]
        for method, tuning in tunings.items():
            results[method] = [
                as_spotted(p, truth, tuning.apply(found[p.name, BASELINE].peaks[method], p.fps)) for p in members
            ]
        if members:
            print(f"\n{part}: {sum(p.duration for p in members) / 60:.1f} minutes\n")
            print("\n".join(score_table({method: score_videos(videos) for method, videos in results.items()})))
    print(
        "\nSizes in % of the distance of the eyes. False alarms are micro-expressions that are none; calm videos have"
    )
    print("none at all. Chosen on films of other people:")
    for method, tuning in tunings.items():
        chosen = ", ".join(f"{kind} {tuning.lengths[kind]:g} s from {tuning.cuts[kind]:.2f}" for kind in tuning.cuts)
        print(f"  {method}: {chosen}")
    for method in keys:
        print(f"{method}: {frames_a_second(films, found, method):.0f} frames a second of processor time")


def quiet_stretch(events, seconds: float, plan: FilmPlan) -> tuple[float, float] | None:
    """The first stretch of a film, in seconds, in which nothing is expressed; `None` where there is none."""
    begin = 0.0
    for onset, offset in sorted((event.onset / plan.fps, event.offset / plan.fps) for event in events):
        if onset - begin >= seconds:
            break
        begin = max(begin, offset)
    return (begin, begin + seconds) if begin + seconds <= plan.duration else None


def frames_a_second(films: list[FilmPlan], found: dict[tuple[str, str], Found], method: str) -> float:
    """Frames over seconds of processor time, of one method."""
    done = [plan for plan in films if (plan.name, method) in found]
    frames = sum(plan.duration * plan.fps for plan in done)
    return frames / sum(found[plan.name, method].seconds for plan in done)


if __name__ == "__main__":
    main()
