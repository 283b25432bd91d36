"""Synthetic films to fit the learned score on: planned, aligned once, and their candidates."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import torch

from micron_bert.output_folder import whole_file
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.features import FEATURES
from micron_bert.spotting.finder import FaceFinder
from micron_bert.spotting.live import step_of
from micron_bert.spotting.score import Score
from micron_bert.spotting.track import AlignedFace, FaceTrack
from micron_bert.spotting.watch import FaceWatch
from micron_bert.synthesis.films.film_set import FilmPlan, Person, plan_films
from micron_bert.synthesis.films.timeline import EventRates

RATES = (30.0, 25.0, 30.0)  # frames per second
FAST, EVERY = 200.0, 5  # frames per second; after so many slow films comes a fast one
SHORTER = 20 / 45  # length of a fast film, which takes long to make, relative to the others
EVENTFUL = EventRates(micro=20.0, macro=5.0)  # so often that a film teaches much


def fitting_plans(people: Sequence[Person], count: int, seconds: float, seed: int = 0) -> list[FilmPlan]:
    """
    Films to fit on; the first ones stay the same when more are asked for.

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
    digest = hashlib.sha256(repr((plan.rates, plan.seed, plan.duration, plan.fps)).encode()).hexdigest()[:8]
    return folder / f"{plan.name}_{plan.person.subject}_{size}_{digest}.npz".replace("/", "_")


def fingerprint(model: str) -> str:
    """What candidates depend on besides the film: the model, and how it is looked at."""
    digest = hashlib.sha256()
    sources = [file for file in sorted(Path(__file__).parents[1].glob("*.py"))]
    for file in [*sources, *(file for file in sorted(Path(model).glob("*")) if file.is_file())]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def candidates_at(folder: Path, plan: FilmPlan, size: int, model: str) -> dict[str, np.ndarray]:
    """Candidates of a planned film, of which what has been worked out before is read from a folder."""
    aligned = aligned_path(folder, plan, size)
    path = aligned.with_name(f"{aligned.stem}_{fingerprint(model)}.npz")
    if not path.exists():
        if not aligned.exists():
            _keep(aligned, align_film(plan, size))
        _keep(path, candidates_of(dict(np.load(aligned)), model))
    return dict(np.load(path))


def _keep(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with whole_file(path) as draft, draft.open("wb") as file:
        np.savez(file, **arrays)


def align_film(plan: FilmPlan, size: int) -> dict[str, np.ndarray]:
    """
    Makes a film, compresses it as videos are, and aligns its face.

    Returns:
        `dict[str, np.ndarray]`: the fields of [`AlignedFace`] by name, one row for each frame; `fps`; `events`
        `(M, 4)`: onset, offset, amplitude in % of the inter-ocular distance, and 1 for a macro-expression.
    """
    cv2.setNumThreads(1)
    film = plan.film()
    finder, track, faces, step = FaceFinder(), FaceTrack(size), [], step_of(film.fps)
    for index, image in enumerate(compressed(film.frames(), film.fps)):
        if index % step == 0:
            time = index / film.fps
            faces += track.push(index // step, index, time, image, finder.locate(image, time).get(0))
    faces += track.interrupt()
    events = [(event.onset, event.offset, event.amplitude, event.kind == "macro") for event in film.events]
    columns = zip(*faces, strict=True)
    return {
        **{name: np.array(column) for name, column in zip(AlignedFace._fields, columns, strict=True)},
        "fps": np.array(film.fps),
        "events": np.array(events, float).reshape(-1, 4),
    }


def compressed(frames: Iterable[np.ndarray], fps: float) -> Iterator[np.ndarray]:
    """Frames as they come out of an H.264 video, as [`write_video`] makes it but in half the time."""
    encoder = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    options = {"crf": "17", "preset": "veryfast", "threads": "1"} if encoder == "libx264" else {"q:v": "2"}
    file, stream = io.BytesIO(), None
    with av.open(file, "w", format="mp4") as container:
        for frame in frames:
            if stream is None:
                rate = Fraction(fps).limit_denominator(10000)
                stream = container.add_stream(encoder, rate=rate, options=options, pix_fmt="yuv420p")
                stream.height, stream.width = frame.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def candidates_of(film: dict[str, np.ndarray], model: str) -> dict[str, np.ndarray]:
    """
    Spots in an aligned film and collects the candidates.

    Returns:
        `dict[str, np.ndarray]`: by kind, `{kind}_features` `(N, F)`, `{kind}_extents` `(N, 3)` in frames,
        `{kind}_events` `(M, 3)`: onset, offset, amplitude; `fps` and `seconds`.
    """
    torch.set_num_threads(1)
    found = {"micro": ([], []), "macro": ([], [])}

    def listen(kind: str, features: np.ndarray, extents: list[list[int]]) -> None:
        found[kind][0].append(features)
        found[kind][1].extend(extents)

    watch = FaceWatch(Recognizer.from_pretrained(model, "cpu"), Score.blank(), listener=listen)
    rows = zip(*(film[name] for name in AlignedFace._fields), strict=True)
    spacing = step_of(float(film["fps"])) / float(film["fps"])
    for index, time, place, image, transform, landmarks, stretch, gain, correlation in rows:
        face = AlignedFace(
            int(index), float(time), int(place), image, transform, landmarks, int(stretch), gain, correlation
        )
        watch.take([face], spacing)
    watch.interrupt(spacing)
    result = {"fps": film["fps"], "seconds": np.array(len(film["index"]) * spacing)}
    for kind, (features, extents) in found.items():
        result[f"{kind}_features"] = np.concatenate(features) if features else np.zeros((0, len(FEATURES)))
        result[f"{kind}_extents"] = np.array(extents, int).reshape(-1, 3)
        result[f"{kind}_events"] = film["events"][film["events"][:, 3] == (kind == "macro"), :3]
    return result
