"""Courses of real films: as they are, with injected expressions, and carried over to photographs of other people."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from micron_bert.cache_folder import read_kept
from micron_bert.cache_key import cache_key
from micron_bert.errors import InputError
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.expressions import Expression, draw_expressions
from micron_bert.synthesis.portraits import Portrait, working_landmarks
from micron_bert.synthesis.real.course import MotionCourse, measure_course
from micron_bert.synthesis.real.film import RealFilm
from micron_bert.synthesis.real.injection import displacements, warp
from micron_bert.synthesis.real.retargeting import carry_over
from micron_bert.synthesis.rendering.codec import through_film
from micron_bert.training.course.examples import EVENT, Example, course_of, event_row
from micron_bert.training.course.injection import HABITS

LONGEST = 4.0  # seconds of one example
EVENTFUL = EventRates(micro=24.0, macro=7.0, micro_size=(0.8, 4.0), macro_size=(2.5, 10.0), macro_length=(0.6, 2.5))
COMPRESSED, RATE_FACTORS = 0.6, (16, 27)  # share of the films that are compressed by H.264; range of the rate factor
KINDS = ("real", "carried", "none")
# a person with less than this share of the films gets additional courses: this share of `count`
SELDOM, MORE = 0.1, 1 / 7


def real_examples(
    films: Sequence[RealFilm],
    portraits: Sequence[Portrait],
    count: int,
    recognizer: Recognizer,
    cache: Path,
    model: str,
    seed: int = 0,
) -> list[Example]:
    """
    Makes `count` courses of each kind, and some more of people of whom there is little film. The cache keeps each.

    Args:
        films (`Sequence[RealFilm]`): of people who show no expression.
        portraits (`Sequence[Portrait]`): to whom their movements are carried over.
        count (`int`): of each of `KINDS`.
        recognizer ([`Recognizer`]), model (`str`): the model that measures the movement, and its folder.
        cache (`Path`): folder that keeps the courses.
        seed (`int`): of all that is random.
    """
    torch.set_num_threads(1)
    files = sorted(Path(model).glob("*.safetensors"))
    names = [(film.name, film.subject, len(film)) for film in films] + [one.subject for one in portraits]
    key = cache_key("real courses", [names, seed], files, [__name__])
    folder = cache / f"real-{key}"
    folder.mkdir(parents=True, exist_ok=True)
    motions: dict[str, MotionCourse] = {}
    examples = []
    pools = [films] * (count * len(KINDS))
    for person in sorted({film.subject for film in films}):
        own = [film for film in films if film.subject == person]
        pools += [own] * (int(MORE * count) * len(KINDS) if len(own) < SELDOM * len(films) else 0)
    for number, pool in enumerate(tqdm(pools, desc="courses of real films")):
        path, kind = folder / f"{number:05d}.npz", KINDS[number % len(KINDS)]

        def make(path=path, kind=kind, number=number, pool=pool) -> None:
            rng = np.random.default_rng([seed, number])
            draw_example(kind, rng, pool, portraits, recognizer, motions).save(path)

        examples.append(read_kept(path, lambda path=path: Example.load(path), make))
    return examples


def leave_out(films: Sequence[RealFilm], people: Sequence[str]) -> list[RealFilm]:
    """
    The films of everybody else, to train a head that is then tested on these people.

    Raises:
        [`InputError`]: there is no film of one of them.
    """
    unknown = sorted({*people} - {film.subject for film in films})
    if unknown:
        raise InputError(f"There is no film of `{unknown[0]}`; people have the names of the folders of their films.")
    return [film for film in films if film.subject not in people]


def draw_example(
    kind: str,
    rng: np.random.Generator,
    films: Sequence[RealFilm],
    portraits: Sequence[Portrait],
    recognizer: Recognizer,
    motions: dict[str, MotionCourse],
) -> Example:
    """
    Makes one course.

    Args:
        kind (`str`):
            `"real"`: a film with injected expressions; `"carried"`: a portrait that moves as the film does, with
            injected expressions; `"none"`: either without an expression.
        rng (`np.random.Generator`): source of randomness.
        films, portraits, recognizer: as for [`real_examples`].
        motions (`dict[str, MotionCourse]`): movement measured in films so far, by name; the function adds to it.
    """
    film = part_of(films[int(rng.integers(len(films)))], rng)
    seconds = float(film.times[-1] - film.times[0])
    expressions = [] if kind == "none" else draw_expressions(rng, seconds, EVENTFUL)
    shift = rng.uniform(-0.5, 0.5, 2).astype(np.float32)[:, None, None]
    if kind == "carried" or (kind == "none" and rng.random() < 0.5):
        portrait = portraits[int(rng.integers(len(portraits)))]
        if film.name not in motions:
            motions[film.name] = measure_course(film)
        still = replace(
            film, landmarks=np.repeat(working_landmarks(portrait)[None].astype(np.float32), len(film), axis=0)
        )
        film = carry_over(motions[film.name], portrait, rng, moved(still, expressions) + shift)
    else:
        # every frame is resampled: otherwise the resampled ones would give away where an expression is
        fields = moved(film, expressions) + shift
        film = replace(film, frames=np.stack([warp(*both) for both in zip(film.frames, fields, strict=True)]))
    frames = film.frames
    if rng.random() < COMPRESSED:
        frames = np.stack(list(through_film(frames, crf=int(rng.integers(*RATE_FACTORS)))))
    times = film.times - film.times[0]
    events = np.array([event_row(one) for one in expressions], float).reshape(-1, len(EVENT))
    return Example(*course_of(frames, times, recognizer), events, film.subject, kind)


def part_of(film: RealFilm, rng: np.random.Generator) -> RealFilm:
    """The film, or a random part of it where it is longer than `LONGEST`."""
    last = film.times[-1] - LONGEST
    if last <= film.times[0]:
        return film
    begin = rng.uniform(film.times[0], last)
    inside = slice(*np.searchsorted(film.times, (begin, begin + LONGEST)))
    parts = {field: getattr(film, field)[inside] for field in ("frames", "times", "landmarks", "light")}
    return replace(film, film=f"{film.name}-{inside.start}", stretch=0, **parts)


def moved(film: RealFilm, expressions: Sequence[Expression]) -> np.ndarray:
    """Displacement of a film's face by expressions, frame by frame: `(T, 2, S, S)` pixels."""
    return displacements(film.landmarks, film.times - film.times[0], expressions, film.size, HABITS)
