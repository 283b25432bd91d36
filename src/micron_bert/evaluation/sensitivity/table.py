"""What a measurement of the sensitivity says: a table for people, numbers for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise

import numpy as np
from scipy.stats import binomtest

from micron_bert.evaluation.sensitivity.measurement import Event, Sensitivity

BINS = 3  # of sizes, equal in logarithms
HALF = 0.5
FEW = 10  # expressions: below that, a share says little


def groups_of(sensitivity: Sensitivity) -> dict[str, list[Event]]:
    """Its events by what tells them apart; every event is in several groups."""
    events, edges = sensitivity.events, edges_of(sensitivity)
    groups = {"all": events}
    bins = np.searchsorted(edges[1:-1], [one.size for one in events], side="right")
    for number, (low, high) in enumerate(pairwise(edges)):
        groups[f"{low:.2g} to {high:.2g} %"] = [one for one, own in zip(events, bins, strict=True) if own == number]
    groups["lips at rest"] = [one for one in events if not one.talks]
    groups["lips moving"] = [one for one in events if one.talks]
    return {name: some for name, some in groups.items() if some}


def edges_of(sensitivity: Sensitivity) -> np.ndarray:
    """Edges of the ranges of sizes told apart, in % of the inter-ocular distance."""
    low, high = sensitivity.sizes
    return np.geomspace(low, high, BINS + 1) if low < high else np.array([low, high])


def row_of(events: Sequence[Event]) -> dict:
    """Counts and shares of a group; the bounds are those of 95 % by Wilson's formula."""
    found = [one for one in events if one.found]
    bounds = binomtest(len(found), len(events)).proportion_ci(method="wilson")
    return {
        "put_in": len(events),
        "found": len(found),
        "share": round(len(found) / len(events), 3),
        "low": round(float(bounds.low), 3),
        "high": round(float(bounds.high), 3),
        "named_rightly": sum(one.named == one.label for one in found),
    }


def describe(sensitivity: Sensitivity) -> str:
    """For people."""
    film, (low, high) = sensitivity.film, sensitivity.sizes
    compressed = "" if sensitivity.rate_factor is None else f", and compressed (H.264, {sensitivity.rate_factor})"
    rows = {name: row_of(events) for name, events in groups_of(sensitivity).items()}
    width = max(map(len, rows))
    lines = [
        f"{len(sensitivity.events)} synthetic micro-expressions of {low:g} to {high:g} % of the eye distance were put "
        f"into {film.seconds:.0f} s of the film{compressed}; eyes {film.eyes:.0f} px apart, {film.fps:.3g} frames a "
        "second.",
        "",
        f"{'':{width}}  put in  found   share  (95 %)        named rightly",
    ]
    for name, row in rows.items():
        bounds = f"({row['low']:.0%} to {row['high']:.0%})"
        lines.append(
            f"{name:{width}}  {row['put_in']:6}  {row['found']:5}  {row['share']:6.0%}  {bounds:14}"
            f"{row['named_rightly']} of {row['found']}"
        )
    return "\n".join([*lines, "", *conclusions(sensitivity)])


def conclusions(sensitivity: Sensitivity) -> list[str]:
    """What follows, a sentence each."""
    sentences = []
    for number, low in enumerate(edges_of(sensitivity)[:-1]):
        larger = [one for one in sensitivity.events if not number or one.size >= low]
        if len(larger) >= FEW and (row := row_of(larger))["share"] >= HALF:
            sentences.append(f"From {low:.2g} % on, half or more are found: {row['share']:.0%}.")
            break
    else:
        sentences.append(
            "Of no size half are found: that nothing is told of this film says little."
            if len(sensitivity.events) >= BINS * FEW
            else f"Too few to judge by size; put in more (`--count`), {BINS * FEW} at least."
        )
    kinds = ", ".join(f"{one.kind} at {one.peak:.1f} s" for one in sensitivity.told)
    sentences.append(
        f"Of the film itself this is told: {kinds}. Look whether it is there."
        if kinds
        else "Of the film itself nothing is told."
    )
    return sentences


def to_json(sensitivity: Sensitivity) -> dict:
    """As plain numbers and words."""
    film = sensitivity.film
    return {
        "seconds": round(film.seconds, 3),
        "eye_distance_pixels": round(film.eyes, 1),
        "frames_per_second": round(film.fps, 3),
        "sizes": list(sensitivity.sizes),
        "rate_factor": sensitivity.rate_factor,
        "seed": sensitivity.seed,
        "groups": {name: row_of(events) for name, events in groups_of(sensitivity).items()},
        "told_of_the_film_itself": [
            {"onset": one.start, "apex": one.peak, "offset": one.end, "kind": one.kind} for one in sensitivity.told
        ],
        "conclusions": conclusions(sensitivity),
        "events": [asdict(one) for one in sensitivity.events],
    }
