"""Pairs of real films: at rest, in speech, and with an injected expression at rest."""

from functools import partial

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.bench import MOVES, Bench
from benchmarks.evidence.bootstrap import Sample
from benchmarks.evidence.table import Table
from micron_bert.data.examples.real_films import load_real_films
from micron_bert.faces.registration import register
from micron_bert.metrics.bootstrap import class_scores, confusions_by_person
from micron_bert.synthesis.motion.full_expression import draw_expression
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.real.film import RealFilm, draw_places
from micron_bert.synthesis.real.pairs import InjectedPairs, RealPairSettings

APART = (0.1, 0.35)  # seconds between the frames of a pair
CANDIDATES = 20  # pairs of which the stillest or the liveliest is taken
AMPLITUDE = (1.0, 3.0)  # % IOD
PAIRS = 24  # of each kind, from each film and seed
COLUMNS = ("stillest, called none", "liveliest, called none", "injected, noticed", "injected, three, UF1",
           "injected, three, UAR")  # fmt: skip

# the injected pairs are cut out a little beside the others, so that both frames are resampled alike
CUT = RealPairSettings(none=0.0, faint=0.0, nuisances=Nuisances.none(crop=(0.015, 1.5, 0.02)))


def judge_pairs(bench: Bench, checkpoints: list[Checkpoint], folders: list[str]) -> Table:
    """
    What each checkpoint says about pairs of films whose people express nothing on purpose.

    Args:
        folders (`list[str]`):
            Films of people whom nothing was trained on. The interval is over films: two that show one person count as
            two.
    """
    size = bench.faces.portraits[0].size
    films = by_name(load_real_films(folders, size, bench.cache / "films"))
    names = list(films)
    table = Table(
        "real_film",
        f"Real films of people held out ({', '.join(names)}): share of the stillest and of the liveliest pairs (of "
        f"{CANDIDATES} pairs {APART[0]} to {APART[1]} s apart) that are called `none`; expressions of "
        f"{AMPLITUDE[0]:g} to {AMPLITUDE[1]:g} % IOD injected into the stillest pairs: share that is noticed, and UF1 "
        "and UAR of three classes (`none` left out of the choice). 95 % interval over films.",
        list(COLUMNS),
        percent=frozenset(COLUMNS[:3]),
    )
    drawn = [draw_pairs(stretches, seed) for stretches in films.values() for seed in range(bench.seeds)]
    people = np.repeat(np.arange(len(films)), bench.seeds * PAIRS)
    seeds = np.tile(np.repeat(np.arange(bench.seeds), PAIRS), len(films))
    sample = Sample(people, seeds, len(films), bench.draws)
    still, lively, injected = (np.concatenate(parts) for parts in zip(*(one[:3] for one in drawn), strict=True))
    labels = np.concatenate([one[3] for one in drawn])
    table.extra["by_film"] = {}
    for checkpoint in checkpoints:
        logits = [checkpoint.look(frames).logits for frames in (still, lively, injected)]
        none = [one.argmax(axis=1) >= MOVES for one in logits]
        three = logits[2][:, :MOVES].argmax(axis=1)
        cells = [sample.mean(values.astype(float)) for values in (none[0], none[1], ~none[2])]
        score = partial(_score, labels, three, people)
        table.rows[checkpoint.name] = [*cells, sample.score(score("uf1")), sample.score(score("uar"))]
        table.extra["by_film"][checkpoint.name] = {
            name: [float(values[people == who].mean()) for values in (none[0], none[1], ~none[2], three == labels)]
            for who, name in enumerate(names)
        }
    return table


def by_name(stretches: list[RealFilm]) -> dict[str, list[RealFilm]]:
    """The stretches of each film, by the film's name."""
    films = {}
    for stretch in stretches:
        films.setdefault(stretch.film, []).append(stretch)
    return films


def draw_pairs(stretches: list[RealFilm], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Registered pairs `(PAIRS, 2, S, S, 3)` of a film: stillest, liveliest, injected; and the labels of the last."""
    rng = np.random.default_rng([seed, len(stretches), len(stretches[0])])
    injector = InjectedPairs(stretches, settings=CUT)
    still, lively, injected, labels = [], [], [], []
    for _ in range(PAIRS):
        stretch = stretches[rng.choice(len(stretches), p=_shares(stretches))]
        places = [draw_places(rng, stretch.times, APART, stretch.changed, CANDIDATES, most) for most in (False, True)]
        for found, (one, other) in zip((still, lively), places, strict=True):
            found.append(registered(stretch.frames[one], stretch.frames[other]))
        one, other = places[0]
        expression = draw_expression(rng, stretch.landmarks[one], stretch.size, AMPLITUDE, Habits())
        pair = injector.render(stretch, one, other, expression, rng)
        injected.append(registered(*pair.frames))
        labels.append(pair.label)
    return np.stack(still), np.stack(lively), np.stack(injected), np.array(labels)


def registered(onset: np.ndarray, apex: np.ndarray) -> np.ndarray:
    """Both frames, the apex registered to the onset: `(2, S, S, 3)`."""
    return np.stack([onset, register(np.asarray(apex), np.asarray(onset)).frame])


def _shares(stretches: list[RealFilm]) -> np.ndarray:
    lengths = np.array([len(stretch) for stretch in stretches], float)
    return lengths / lengths.sum()


def _score(labels: np.ndarray, named: np.ndarray, people: np.ndarray, score: str):
    def function(part: np.ndarray, weights: np.ndarray) -> np.ndarray:
        counts = confusions_by_person(labels[part], named[part], people[part], MOVES, weights.shape[1])
        return class_scores(weights, counts)[score]

    return function
