"""Findings of a method in a long video, computed once and kept."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2

from micron_bert.arguments.strictness import STRICTNESS
from micron_bert.cache_folder import is_kept
from micron_bert.cache_key import cache_key
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError, NoFaceError
from micron_bert.evaluation.spotting.baselines import BASELINES, Peak, align_film, find_peaks
from micron_bert.evaluation.spotting.scores import Candidate
from micron_bert.output_folder import write_text
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting import Spotter
from micron_bert.video.reader import open_video
from micron_bert.workers import run_jobs

SPOTTER, BASELINE = "spotter", "baselines"


@dataclass(frozen=True)
class Job:
    """
    A method and a video.

    Attributes:
        source (`Path`): video file or folder of frames.
        fps (`float`): at which it was recorded.
        method (`str`): `"spotter"`, or `"baselines"` for all of them.
        path (`Path`): where the result goes.
        model (`str`, *optional*): of the spotter; the shipped one if left out.
        strictness (`float`): of the spotter.
        neutral (`tuple[float, float]`, *optional*): seconds in which the face is neutral, for the spotter.
    """

    source: Path
    fps: float
    method: str
    path: Path
    model: str | None = None
    strictness: float = STRICTNESS
    neutral: tuple[float, float] | None = None


@dataclass(frozen=True)
class Found:
    """
    The findings in a video; frames are counted from 0.

    Attributes:
        candidates (`list[Candidate]`): by the spotter.
        peaks (`dict[str, list[Peak]]`): by each baseline.
        seconds (`float`): of processor time.
    """

    candidates: list[Candidate]
    peaks: dict[str, list[Peak]]
    seconds: float


def key_of(method: str, model: str | None, strictness: float = STRICTNESS) -> str:
    """The cache key of a result: the code of the method, the model and the strictness."""
    if method == BASELINE:
        return cache_key(BASELINE, code=[align_film.__module__])
    folder = Path(model) if model else shipped_checkpoint()
    # of a model on the Hub its name has to do
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    return cache_key(SPOTTER, [model, strictness], files, code=[Spotter.__module__])


def find_all(jobs: Sequence[Job], processes: int = 1, progress: Callable[[str], None] = lambda said: None) -> None:
    """Runs the jobs that have no result yet, or a damaged one."""
    missing = [job for job in jobs if not is_kept(job.path, partial(read_found, job.path))]
    for folder in {job.path.parent for job in missing}:
        folder.mkdir(parents=True, exist_ok=True)
    found = run_jobs(find, ((job,) for job in missing), processes)
    for count, ((job,), _) in enumerate(found, 1):
        progress(f"{count} of {len(missing)}: {job.path.stem}")


def find(job: Job) -> None:
    """Runs a method on a video and keeps the result."""
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    start, candidates, peaks = time.process_time(), [], {}
    fps = job.fps if job.source.is_dir() else None
    if job.method == SPOTTER:
        spotter = Spotter(Recognizer.from_pretrained(job.model, "cpu"), job.strictness)
        try:
            candidates = [
                candidate_of(interval) for interval in spotter.spot(job.source, fps=fps, neutral=job.neutral).intervals
            ]
        except NoFaceError:
            candidates = []
    else:
        with open_video(job.source, fps) as video:
            film = align_film(video)
        peaks = {name: find_peaks(film, name) for name in BASELINES}
    write_text(job.path, json.dumps(asdict(Found(candidates, peaks, time.process_time() - start))))


def read_found(path: Path) -> Found:
    """The result of a job; raises [`InputError`] for a damaged one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        candidates = [Candidate(**one) for one in content["candidates"]]
        peaks = {name: [Peak(**one) for one in ones] for name, ones in content["peaks"].items()}
        return Found(candidates, peaks, float(content["seconds"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(f"`{path}` is damaged; delete it and start again.") from error


def candidate_of(interval) -> Candidate:
    """An interval with the most probable of the emotions; that it is none was the spotter's to say."""
    emotions = {name: value for name, value in (interval.probabilities or {}).items() if name != "none"}
    label = max(emotions, key=emotions.get) if emotions else interval.label
    return Candidate(interval.onset, interval.apex, interval.offset, interval.kind, interval.confidence, label)
