"""Sets of synthetic films: plans that anybody can repeat, and the videos with their annotations."""

import csv
import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

import cv2
import numpy as np

from micron_bert import __version__
from micron_bert.errors import InputError
from micron_bert.escaping import for_csv
from micron_bert.output_folder import claim_folder, write_text
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film import Film, FilmEvent, synthesize_film
from micron_bert.synthesis.portraits import find_faces
from micron_bert.video.picture import read_image
from micron_bert.video.writer import write_video
from micron_bert.workers import run_jobs

TRUTH, FILMS, VIDEOS, OTHERS = "truth.csv", "films.csv", "videos", "others.csv"
SETTINGS = "settings.json"
COLUMNS = ("subject", "video", *(field.name for field in fields(FilmEvent)))
FILM_COLUMNS = ("subject", "video", "frames", "fps")
OTHER_COLUMNS = ("subject", "video", "what", "start", "end")


@dataclass(frozen=True)
class Person:
    """
    A person whose photograph is made into films.

    Attributes:
        subject (`str`): who it is.
        path (`Path`): the photograph.
        landmarks (`np.ndarray` of shape `(468, 2)`): of the face, in its pixels.
    """

    subject: str
    path: Path
    landmarks: np.ndarray


@dataclass(frozen=True)
class FilmPlan:
    """
    A film to be made; making it again gives the same bits.

    Attributes:
        name (`str`): of the video.
        person ([`Person`]): who plays.
        duration (`float`): seconds.
        fps (`float`): frames per second.
        rates ([`EventRates`]): how often things happen.
        seed (`tuple[int, ...]`): of everything in it.
    """

    name: str
    person: Person
    duration: float
    fps: float
    rates: EventRates
    seed: tuple[int, ...]

    def film(self) -> Film:
        """The film; its frames are rendered when they are asked for."""
        rng = np.random.default_rng(self.seed)
        photograph, subject = read_image(self.person.path), self.person.subject
        return synthesize_film(
            photograph,
            self.person.landmarks,
            self.duration,
            self.fps,
            rng,
            rates=self.rates,
            subject=subject,
        )


def load_people(folders: str | os.PathLike | Iterable[str | os.PathLike], **options) -> list[Person]:
    """
    The people on the photographs in some folders, each with the first of their pictures by path.

    Args:
        folders, options: as for [`~micron_bert.synthesis.portraits.find_faces`].
    """
    people: dict[str, Person] = {}
    for face in find_faces(folders, **options):
        people.setdefault(face.subject, Person(face.subject, face.path, face.landmarks))
    return list(people.values())


def plan_films(
    people: Sequence[Person],
    count: int,
    duration: float,
    fps: float | Sequence[float] = 30.0,
    rates: EventRates | None = None,
    prefix: str = "",
    seed: int = 0,
) -> list[FilmPlan]:
    """
    Plan films: everybody is in one before anybody is in a second.

    Args:
        people (`Sequence[Person]`):
            Who may be in them.
        count (`int`):
            How many films.
        duration (`float`):
            Seconds of each.
        fps (`float` or a sequence, defaults to 30):
            Frames per second; several take turns.
        rates ([`EventRates`], *optional*):
            As for [`synthesize_film`].
        prefix (`str`):
            Before the numbers that name the films; another prefix, other films.
        seed (`int`):
            Another seed, other films.
    """
    if count and not people:
        raise InputError("There is nobody to make films of; pass photographs of several people.")
    key = (seed, *prefix.encode())
    order = np.random.default_rng((*key, 1)).permutation(len(people))
    frame_rates = [float(fps)] if np.ndim(fps) == 0 else [float(rate) for rate in fps]
    return [
        FilmPlan(
            f"{prefix}{number:03d}",
            people[order[number % len(order)]],
            float(duration),
            frame_rates[number % len(frame_rates)],
            rates or EventRates(),
            (*key, 2, number),
        )
        for number in range(count)
    ]


def write_films(
    plans: Sequence[FilmPlan],
    folder: str | os.PathLike,
    processes: int = 1,
    progress: Callable[[str], None] = lambda name: None,
) -> Path:
    """
    Write films as videos, and their events as tables. A run that was interrupted continues where it stopped.

    `videos/NAME.mp4` are the films. `truth.csv` has an expression in each row, as the MEGC states them: subject,
    video, onset, apex, offset (frames from 0), then kind, emotion and amplitude. `films.csv` has all films, also those
    without an expression, and `others.csv` blinks, speech, glances, turns and changes of light, in seconds.

    Args:
        plans (`Sequence[FilmPlan]`): the films, with different names.
        folder (`str` or `os.PathLike`): new, empty, or of an interrupted run with the same films.
        processes (`int`, defaults to 1): processes at work.
        progress (`Callable[[str], None]`): called with the name of every film that is there.

    Returns:
        `Path`: of `truth.csv`.

    Raises:
        [`InputError`]: the folder holds something else.
    """
    folder = Path(folder)
    claim_folder(folder, {"version": __version__, "films": [_settings(plan) for plan in plans]}, SETTINGS)
    videos = folder / VIDEOS
    videos.mkdir(exist_ok=True)
    missing = []
    for plan in plans:
        if (videos / f"{plan.name}.mp4").is_file():
            progress(plan.name)
        else:
            missing.append(plan)
    for _, name in run_jobs(_write, ((plan, videos) for plan in missing), min(processes, len(missing))):
        progress(name)
    films = [(plan, plan.film()) for plan in plans]
    rows = [
        (film.subject, plan.name, *_rounded(astuple(event))) for plan, film in films for event in film.events
    ]  # fmt: skip
    others = [
        (film.subject, plan.name, what, round(start, 3), round(end, 3))
        for plan, film in films
        for what, intervals in film.others.items()
        for start, end in intervals
    ]
    listed = [(film.subject, plan.name, len(film), film.fps) for plan, film in films]
    _write_table(folder / OTHERS, OTHER_COLUMNS, others)
    _write_table(folder / FILMS, FILM_COLUMNS, listed)
    _write_table(folder / TRUTH, COLUMNS, rows)
    return folder / TRUTH


@dataclass(frozen=True)
class WrittenFilm:
    """What the tables say about a film: its number of frames, frames a second, and expressions."""

    frames: int
    fps: float
    events: list[FilmEvent]


def read_films(folder: str | os.PathLike) -> dict[tuple[str, str], WrittenFilm]:
    """
    Read the tables that [`write_films`] wrote: films by subject and video.

    Raises:
        [`InputError`]: the folder has no such tables.
    """
    films = {
        (row["subject"], row["video"]): WrittenFilm(int(row["frames"]), float(row["fps"]), [])
        for row in _read_table(Path(folder) / FILMS, FILM_COLUMNS)
    }
    for row in _read_table(Path(folder) / TRUTH, COLUMNS):
        onset, apex, offset = (int(row[name]) for name in ("onset", "apex", "offset"))
        event = FilmEvent(onset, apex, offset, row["kind"], row["emotion"], float(row["amplitude"]))
        films[row["subject"], row["video"]].events.append(event)
    return films


def _read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    if not path.is_file():
        raise InputError(f"There is no `{path}`; make films with `micron-bert synthesize --films`.")
    with open(path, encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise InputError(f"`{path}` has other columns than {', '.join(columns)}; make the films again.")
        return list(reader)


def _settings(plan: FilmPlan) -> dict:
    values = asdict(plan)
    return {**values, "person": f"{plan.person.subject} ({plan.person.path.name})"}


def _write(plan: FilmPlan, videos: Path) -> str:
    cv2.setNumThreads(1)
    film = plan.film()
    write_video(videos / f"{plan.name}.mp4", film.frames(), film.fps)
    return plan.name


def _rounded(values: tuple) -> tuple:
    return tuple(round(value, 4) if isinstance(value, float) else value for value in values)


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[tuple]) -> None:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows([for_csv(cell) for cell in row] for row in rows)
    write_text(path, text.getvalue())
