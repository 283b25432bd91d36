"""The measured movement of a real film, without its pictures: skin on a coarse grid, lids, light, noise."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from micron_bert.errors import InputError
from micron_bert.output_folder import whole_file
from micron_bert.synthesis.real.film import RealFilm

GRID = 28  # places along a side
FINENESS = 64  # stored steps of a pixel
SMOOTHING = 1.5  # standard deviation in pixels of twice the crop, by which flow is smoothed
SUFFIX = ".safetensors"
CREDITS = ("name", "subject", "source", "licence")


@dataclass(frozen=True)
class MotionCourse:
    """
    The movement of a face in a film, without its pictures.

    Attributes:
        name (`str`), subject (`str`): of the film, and who it shows.
        source (`str`), licence (`str`): where the film is from, and what it may be used for.
        displacement (`np.ndarray` of shape `(T, 2, 28, 28)`):
            int16, in 64ths of a pixel of the crop: backward displacement of each place, from the typical frame.
        times (`np.ndarray` of shape `(T,)`): seconds.
        landmarks (`np.ndarray` of shape `(468, 2)`): of the typical frame, in pixels of the crop.
        openness (`np.ndarray` of shape `(T,)`): of the eyes, next to that of the typical frame.
        light (`np.ndarray` of shape `(T,)`): brightness next to that of the typical frame.
        noise (`float`): of sensor and compression, standard deviation in grey levels.
        size (`int`): side of the crop in pixels.
    """

    name: str
    subject: str
    source: str
    licence: str
    displacement: np.ndarray
    times: np.ndarray
    landmarks: np.ndarray
    openness: np.ndarray
    light: np.ndarray
    noise: float
    size: int

    def __len__(self) -> int:
        return len(self.times)

    def field(self, place: int) -> np.ndarray:
        """The displacement `(2, S, S)` in frame `place`, float32 pixels."""
        coarse = self.displacement[place].astype(np.float32).transpose(1, 2, 0) / FINENESS
        return cv2.resize(coarse, (self.size, self.size), interpolation=cv2.INTER_LINEAR).transpose(2, 0, 1)

    def changed(self, one: int, other: int) -> float:
        """Mean length of the displacement between two frames, in pixels."""
        between = (self.displacement[other].astype(np.float32) - self.displacement[one]) / FINENESS
        return float(np.linalg.norm(between, axis=0).mean())


def measure_course(film: RealFilm, source: str = "", licence: str = "") -> MotionCourse:
    """
    The course of a film: dense optical flow (DIS, arXiv 1603.03590) of each frame to the typical one.

    Args:
        film ([`RealFilm`]): registered crops, so that the head's movement is gone but for what registration leaves.
        source (`str`), licence (`str`): to be kept with the course.
    """
    size, side = film.size, 2 * film.size
    grey = [_enlarged(frame, side) for frame in film.frames]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    fields = np.zeros((len(film), GRID, GRID, 2), np.float32)
    for place, picture in enumerate(grey):
        if place != film.typical:
            fine = cv2.GaussianBlur(flow.calc(picture, grey[film.typical], None), (0, 0), SMOOTHING)
            fields[place] = cv2.resize(fine, (GRID, GRID), interpolation=cv2.INTER_AREA) * (size / side)
    stored = np.clip(np.rint(fields * FINENESS), -(2**15), 2**15 - 1).astype(np.int16).transpose(0, 3, 1, 2)
    return MotionCourse(
        name=film.name,
        subject=film.subject,
        source=source,
        licence=licence,
        displacement=np.ascontiguousarray(stored),
        times=(film.times - film.times[0]).astype(np.float64),
        landmarks=np.ascontiguousarray(film.landmarks[film.typical], dtype=np.float32),
        openness=(film.openness / max(film.openness[film.typical], 0.02)).astype(np.float32),
        light=(film.light / film.light[film.typical]).astype(np.float32),
        noise=_noise_of(film),
        size=size,
    )


def course_path(folder: str | os.PathLike, subject: str, name: str) -> Path:
    """The file of a course in a bank, by the person and the stretch of film."""
    return Path(folder) / f"{subject}-{name}{SUFFIX}"


def save_course(course: MotionCourse, folder: str | os.PathLike) -> Path:
    """Writes a course into a bank: one file, complete or not at all. Returns its path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = course_path(folder, course.subject, course.name)
    arrays = {name: getattr(course, name) for name in ("displacement", "times", "landmarks", "openness", "light")}
    arrays["noise"] = np.array(course.noise, np.float32)
    credit = {name: getattr(course, name) for name in CREDITS}
    with whole_file(path) as draft:
        save_file(arrays, draft, metadata={"course": json.dumps(credit | {"size": course.size})})
    return path


def load_courses(folder: str | os.PathLike) -> list[MotionCourse]:
    """
    The courses of a bank, ordered by name.

    Raises:
        [`InputError`]: there is no such folder, no course in it, or a file that is none.
    """
    paths = sorted(Path(folder).glob(f"*{SUFFIX}"))
    if not paths:
        raise InputError(f"There is no course of movement in `{folder}`; `micron-bert measure-courses` makes some.")
    return [_load(path) for path in paths]


def _load(path: Path) -> MotionCourse:
    try:
        with safe_open(path, framework="np") as file:
            credit = json.loads((file.metadata() or {})["course"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}
        return MotionCourse(**credit, **{**arrays, "noise": float(arrays["noise"])})
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"`{path}` is no course of movement: {error}.") from error


def _enlarged(frame: np.ndarray, side: int) -> np.ndarray:
    grey = cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (side, side), interpolation=cv2.INTER_CUBIC)


def _noise_of(film: RealFilm) -> float:
    """Noise, as the median of the fine change between neighbouring frames: movement seldom covers half the face."""
    spreads = []
    for before, after in zip(film.frames, film.frames[1:], strict=False):
        change = after.astype(np.float32) - before
        fine = change - cv2.GaussianBlur(change, (0, 0), 1.5)
        spreads.append(np.median(np.abs(fine)) / 0.6745 / np.sqrt(2))
    return float(np.median(spreads)) if spreads else 0.0
