"""Synthetic films for the course head: planned, rendered and aligned once, and the courses measured in them."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import torch

from micron_bert.cache_folder import read_kept
from micron_bert.cache_key import cache_key
from micron_bert.output_folder import whole_file
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.followed_face import follow
from micron_bert.spotting.track import AlignedFace
from micron_bert.stored_arrays import read_arrays
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film_set import FilmPlan, Person, plan_films
from micron_bert.training.course.examples import EVENT, Example, course_of, event_row
from micron_bert.video.encoder import encoder_for
from micron_bert.video.frames import Frame

RATES = (30.0, 25.0, 30.0)  # frames per second
FAST, EVERY = 200.0, 5  # frames per second of a fast film; slow films between two fast ones
SHORTER = 20 / 45  # length of a fast film relative to a slow one, because it takes longer to render
EVENTFUL = EventRates(micro=20.0, macro=5.0)  # more expressions than usual, so that a film holds many examples


def fitting_plans(people: Sequence[Person], count: int, seconds: float, seed: int = 0) -> list[FilmPlan]:
    """
    Films to train on; a larger `count` keeps the first ones as they are.

    Args:
        people (`Sequence[Person]`): who plays, nobody who is held out.
        count (`int`): how many films, one in six of them at 200 frames a second.
        seconds (`float`): of each film; fast ones are shorter.
        seed (`int`): another seed, other films.
    """
    slow = iter(plan_films(people, count, seconds, RATES, EVENTFUL, "train_", seed))
    fast = iter(plan_films(people, count, seconds * SHORTER, FAST, EVENTFUL, "train_fast_", seed))
    return [next(fast if number % (EVERY + 1) == EVERY else slow) for number in range(count)]


def aligned_path(folder: Path, plan: FilmPlan, size: int) -> Path:
    """Where the aligned faces of a film are kept."""
    settings = [asdict(plan.rates), plan.seed, plan.duration, plan.fps]
    key = cache_key("aligned film", settings, [plan.person.path], [FilmPlan.__module__, follow.__module__])
    return folder / f"{plan.name}_{plan.person.subject}_{size}_{key}.npz".replace("/", "_")


def example_at(folder: Path, plan: FilmPlan, size: int, model: str) -> Example:
    """The course of a planned film; `folder` keeps the aligned faces and the course for the next run."""
    aligned = aligned_path(folder, plan, size)
    files = sorted(path for path in Path(model).glob("*.safetensors"))
    key = cache_key("course", files=files, code=[course_of.__module__])
    path = aligned.with_name(f"{aligned.stem}_{key}.npz")

    def align() -> None:
        with whole_file(aligned) as draft, draft.open("wb") as file:
            np.savez(file, **align_film(plan, size))

    def make() -> None:
        torch.set_num_threads(1)
        film = read_kept(aligned, lambda: read_arrays(aligned, ("stretch", "image", "time", "events")), align)
        example_of(film, plan.person.subject, Recognizer.from_pretrained(model, "cpu")).save(path)

    return read_kept(path, lambda: Example.load(path), make)


def align_film(plan: FilmPlan, size: int) -> dict[str, np.ndarray]:
    """
    Makes a film, compresses it as videos are, and aligns its face.

    Returns:
        `dict[str, np.ndarray]`: the fields of [`AlignedFace`] by name, one row for each frame; `events` `(M, 6)` as in
        [`Example`], in seconds of the film.
    """
    cv2.setNumThreads(1)
    film = plan.film()
    seen = enumerate(compressed(film.frames(), film.fps))
    faces = follow((Frame(index, index / film.fps, image) for index, image in seen), film.fps, size)
    events = [event_row(expression) for expression in film.timeline.expressions]
    columns = zip(*faces, strict=True)
    return {
        **{name: np.array(column) for name, column in zip(AlignedFace._fields, columns, strict=True)},
        "events": np.array(events, float).reshape(-1, len(EVENT)),
    }


def example_of(film: dict[str, np.ndarray], person: str, recognizer: Recognizer) -> Example:
    """The course of the longest uninterrupted stretch of an aligned film."""
    stretches, counts = np.unique(film["stretch"], return_counts=True)
    chosen = film["stretch"] == stretches[counts.argmax()]
    images, times = film["image"][chosen], film["time"][chosen]
    events = film["events"][(film["events"][:, 1] > times[0]) & (film["events"][:, 1] < times[-1])]
    events[:, :3] -= times[0]
    return Example(*course_of(images, times, recognizer), events, person, "synthetic")


def compressed(frames: Iterable[np.ndarray], fps: float) -> Iterator[np.ndarray]:
    """Frames after H.264, at a faster preset than [`write_video`] takes, for half the time."""
    encoder, options = encoder_for(preset="veryfast")
    file, stream = io.BytesIO(), None
    with av.open(file, "w", format="mp4") as container:
        for frame in frames:
            if stream is None:
                rate = Fraction(fps).limit_denominator(10000)
                stream = container.add_stream(
                    encoder, rate=rate, options=options | {"threads": "1"}, pix_fmt="yuv420p"
                )
                stream.height, stream.width = frame.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")
