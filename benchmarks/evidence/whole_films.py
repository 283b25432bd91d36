"""Tables of what is told of whole films of real people: with nothing in them, and with expressions put into them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.bench import Bench
from benchmarks.evidence.injected_films import EVENTS, Event, Film, judge, pieces, watch
from benchmarks.evidence.table import Table
from micron_bert.data.examples.video_files import video_files
from micron_bert.errors import InputError
from micron_bert.spotting.interval import Interval
from micron_bert.spotting.spotter import Spotter

PIECE, STEP = 3.0, 1.5  # seconds of the pieces of a film, and from one to the next
SHORT = 1.3  # seconds of a stretch that is given as one course
RATE_FACTORS = {"as it was": None, "H.264, 18": 18, "H.264, 23": 23}
EYES = (30.0, 20.0)  # pixels between the eyes, of the same films taken from further away
BINS = (1.0, 1.5, 2.0, 3.0)  # % IOD, edges of the amplitudes told apart
LARGE = 1.75  # % of the inter-ocular distance

NEUTRAL = ("minutes", "films named", "pieces of 3 s named", "stretches of 1.3 s named", "micro a minute",
           "macro a minute")  # fmt: skip
PARTS = ("expressions", "found", "found, named rightly", "false micro a minute")
INJECTED = ("expressions", "found", f"from {LARGE} % found", "found, named rightly", "frames beside the apex",
            "false micro a minute", "as a course: told", "as a course: named rightly", "as a pair: told",
            "as a pair: named rightly")  # fmt: skip


def judge_films(bench: Bench, checkpoints: list[Checkpoint], folders: list[str]) -> list[Table]:
    """
    What the spotter tells of films whose people express nothing on purpose, as they are and with expressions in them.

    Args:
        folders (`list[str]`): films of people whom nothing was trained on.
    """
    films = [Film.load(path) for _, path in video_files(folders, "films")]
    if not films:
        raise InputError("There is no film in the folders of `--films`.")
    names = ", ".join(film.name for film in films)
    neutral = Table(
        "neutral_films",
        f"Films of people held out who express nothing on purpose ({names}): share that anything is told of, and how "
        "much is told a minute.",
        list(NEUTRAL),
        percent=frozenset(NEUTRAL[1:4]),
    )
    low, high = EVENTS.micro_size
    injected = Table(
        "injected_films",
        f"The same films with a micro-expression of {low:g} to {high:g} % IOD in every three seconds, put into the "
        f"whole picture and compressed anew; {bench.seeds} draws of each film. Found: overlap of half or more.",
        list(INJECTED),
        percent=frozenset((*INJECTED[1:4], *INJECTED[6:])),
    )
    parts = Table(
        "injected_parts",
        "The same, by film, amplitude and distance between the eyes. Films and amplitudes: the three ways of "
        "compression together. Distances: the films as they are, made smaller.",
        list(PARTS),
        percent=frozenset(PARTS[1:3]),
    )
    for checkpoint in checkpoints:
        spotter = Spotter(checkpoint.recognizer)
        bench.report(f"Films as they are, {checkpoint.name}.")
        told = [watch(spotter, film.pictures, film.times, film.fps) for film in films]
        shares = [pieces_named(spotter, films, length) for length in (PIECE, SHORT)]
        neutral.rows[checkpoint.name] = neutral_row(films, told, shares)
        listed = list(map(said, films, told))
        bench.report(f"The same moved by half a pixel at most, {checkpoint.name}.")
        many = [
            (film, seed, factor) for factor in RATE_FACTORS.values() for seed in range(bench.seeds) for film in films
        ]
        told = [
            watch(spotter, film.moved(np.random.default_rng([seed, place]), factor), film.times, film.fps)
            for place, (film, seed, factor) in enumerate(many)
        ]
        moved = [film for film, *_ in many]
        neutral.rows[f"{checkpoint.name}, moved and compressed anew"] = neutral_row(moved, told, [None, None])
        neutral.extra.setdefault("told", {})[checkpoint.name] = listed + list(map(said, moved, told))
        pooled: list[Event] = []
        for condition, rate_factor in RATE_FACTORS.items():
            bench.report(f"Films with expressions, {condition}, {checkpoint.name}.")
            drawn = [judge(spotter, film, seed, rate_factor) for film in films for seed in range(bench.seeds)]
            events = [event for found, _ in drawn for event in found]
            away = [interval for _, others in drawn for interval in others]
            minutes = bench.seeds * sum(film.minutes for film in films)
            for when, chosen in (("", events), (", at rest", at_rest(events)), (", in speech", talking(events))):
                alarms = away if not when else None
                row = f"{checkpoint.name}, {condition}{when}"
                injected.rows[row] = injected_row(chosen, alarms, minutes)
            pooled += events
        for film in films:
            own = [event for event in pooled if event.film == film.name]
            parts.rows[f"{checkpoint.name}, {film.name}, eyes {film.followed.eyes:.0f} px apart"] = part_row(own)
        for low, high in pairwise(BINS):
            some = [event for event in pooled if low <= event.amplitude < high]
            parts.rows[f"{checkpoint.name}, {low:g} to {high:g} % IOD"] = part_row(some)
        for eyes in EYES:
            bench.report(f"Films with the eyes {eyes:g} px apart, {checkpoint.name}.")
            drawn = [judge(spotter, film, seed, None, eyes) for film in films for seed in range(bench.seeds)]
            away = sum(one.kind == "micro" for _, others in drawn for one in others)
            events = [event for found, _ in drawn for event in found]
            parts.rows[f"{checkpoint.name}, eyes {eyes:g} px apart"] = part_row(events, away / minutes)
    return [neutral, injected, parts]


def part_row(events: Sequence[Event], alarms: float | None = None) -> list:
    """Cells of `PARTS`."""
    hits = [event.named == event.label for event in events if event.found]
    found = float(np.mean([event.found for event in events])) if events else None
    return [str(len(events)), found, float(np.mean(hits)) if hits else None, alarms]


def at_rest(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if not event.talks]


def talking(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event.talks]


def neutral_row(films: Sequence[Film], told: Sequence[list[Interval]], shares: Sequence[float | None]) -> list:
    """Cells of `NEUTRAL`, from what was told of each film and the shares of pieces of it that were named."""
    minutes = sum(film.minutes for film in films)
    rates = [sum(one.kind == kind for several in told for one in several) / minutes for kind in ("micro", "macro")]
    return [minutes, float(np.mean([bool(several) for several in told])), *shares, *rates]


def pieces_named(spotter: Spotter, films: Sequence[Film], length: float) -> float:
    """Share of the pieces of so many seconds of which anything is told."""
    parts = [(film, part) for film in films for part in pieces(film, length, STEP)]
    return float(np.mean([bool(watch(spotter, film.pictures[p], film.times[p], film.fps)) for film, p in parts]))


def said(film: Film, told: Sequence[Interval]) -> list:
    """What was told of a film, so that one can look whether something does move there."""
    return [film.name, [[one.kind, round(one.start, 2), round(one.end, 2), round(one.confidence, 3)] for one in told]]


def injected_row(events: Sequence[Event], away: Sequence[Interval] | None, minutes: float) -> list:
    """Cells of `INJECTED`; false alarms are counted where they are given."""
    hits = [event for event in events if event.found]
    large = [event.found for event in events if event.amplitude >= LARGE]
    alarms = None if away is None else sum(one.kind == "micro" for one in away) / minutes

    def share(values: list) -> float | None:
        return float(np.mean(values)) if values else None

    courses, pairs = ([getattr(event, given) for event in events] for given in ("course", "pair"))
    labels = [event.label for event in events]
    return [
        str(len(events)),
        share([event.found for event in events]),
        share(large),
        share([event.named == event.label for event in hits]),
        float(np.median([event.late for event in hits])) if hits else None,
        alarms,
        *(value for told in (courses, pairs) for value in told_and_right(told, labels)),
    ]


def told_and_right(told: Sequence[str], labels: Sequence[str]) -> tuple[float | None, float | None]:
    """Share of expressions that are told as one, and share of these that are named rightly."""
    named = [(one, label) for one, label in zip(told, labels, strict=True) if one != "none"]
    if not labels:
        return None, None
    return len(named) / len(labels), float(np.mean([one == label for one, label in named])) if named else None
