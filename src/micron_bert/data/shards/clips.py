"""A film as clips of aligned, registered faces: whole stretches, cut to a length, without what says nothing."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.spotting.finder import FaceFinder
from micron_bert.spotting.track import AlignedFace, FaceTrack
from micron_bert.video.reader import Video

CODECS = {"jpeg": "JPEG", "webp": "WEBP"}
REPEAT = "repeated frame"
REPEATED = 0.05  # grey levels that two frames differ by at least, unless one repeats the other
STILL = 0.8  # grey levels of coarse pictures: sensor noise alone stays below
COARSE = 28  # pixels of the pictures that are compared
TALKING = 0.03  # of the eye distance, by which the lips part or close within `TALKING_WINDOW`
TALKING_WINDOW = 0.4  # seconds
LIPS = (13, 14)  # of the face mesh: the inner edges of the lips


@dataclass(frozen=True)
class ShardSettings:
    """
    Attributes:
        size (`int`): side of the crops in pixels.
        seconds (`float`): longest clip.
        least (`float`): shortest clip, in seconds.
        eye_distance (`float`): least distance of the eyes in pixels of the film.
        keep_still (`float`): share of the clips in which nothing moves that are kept.
        codec (`str`): of the frames, `"jpeg"` or `"webp"`.
        quality (`int`): of the codec, 1 to 100.
    """

    size: int = 112
    seconds: float = 2.0
    least: float = 0.3
    eye_distance: float = 24.0
    keep_still: float = 0.25
    codec: str = "jpeg"
    quality: int = 95

    def __post_init__(self):
        if self.codec not in CODECS:
            raise InputError(f"`codec` is `{self.codec}`; choose {' or '.join(CODECS)}.")
        for name, low, high in (("size", 32, 1024), ("quality", 1, 100), ("keep_still", 0, 1)):
            if not low <= getattr(self, name) <= high:
                raise InputError(f"`{name}` is `{getattr(self, name)}`; it must lie between {low} and {high}.")
        if not 0 < self.least <= self.seconds:
            raise InputError(f"`least` is `{self.least}` and `seconds` `{self.seconds}`; give 0 < least <= seconds.")


@dataclass
class Counts:
    """
    What became of a film.

    Attributes:
        frames (`int`): looked at.
        kept (`int`): in clips that were kept.
        dropped (`Counter[str]`): frames of faces that were left out, by reason.
    """

    frames: int = 0
    kept: int = 0
    dropped: Counter = field(default_factory=Counter)


def face_clips(video: Video, settings: ShardSettings, counts: Counts, seed: int = 0) -> Iterator[dict]:
    """
    The clips of all faces of a film, with memory for one clip of each.

    Args:
        video ([`Video`]):
            The film.
        settings ([`ShardSettings`]):
            What is kept, and how.
        counts ([`Counts`]):
            Gets what became of the frames.
        seed (`int`):
            Of the choice among still clips.

    Yields:
        `dict`: `track`, `times` (seconds), `fps`, `frames` (encoded), `eye_distance` (pixels of the film), `sharpness`
        (variance of the Laplacian of the sharpest frame, grey levels), `correlation` (with the key frame of the
        registration, mean), `talking` (share of the frames with moving lips), `movement` (largest difference from the
        first frame in grey levels of the coarse picture).
    """
    finder, tracks = FaceFinder("all"), {}
    rng = np.random.default_rng(seed)
    place, before = -1, None
    for _, time, image in video:
        counts.frames += 1
        # every fourth pixel will do; those of a repeated frame are the same but for the compression
        coarse = image[::4, ::4]
        if before is not None and cv2.absdiff(coarse, before).mean() < REPEATED:
            counts.dropped[REPEAT] += 1
            continue
        place, before = place + 1, coarse.copy()
        found = finder.locate(image, time)
        for number in sorted({*tracks, *found}):
            track = tracks.setdefault(number, _Track(number, video.fps, settings, counts, rng))
            yield from track.push(place, time, image, found.get(number))
            if number not in found:
                del tracks[number]
    for number in sorted(tracks):
        yield from tracks[number].finish()


class _Track:
    """One face: its clip so far."""

    def __init__(self, number: int, fps: float, settings: ShardSettings, counts: Counts, rng: np.random.Generator):
        self.number, self.fps, self.settings, self.counts, self.rng = number, fps, settings, counts, rng
        self.track, self.faces = FaceTrack(settings.size), []

    def push(self, place, time, image, landmarks) -> Iterator[dict]:
        # repeated frames are left out, so that the numbers follow each other and the path of the crop is smooth
        yield from self._take(self.track.push(place, place, time, image, landmarks))
        if landmarks is None:
            yield from self._cut()

    def finish(self) -> Iterator[dict]:
        yield from self._take(self.track.interrupt())
        yield from self._cut()

    def _take(self, faces: Iterator[AlignedFace]) -> Iterator[dict]:
        for face in faces:
            if self.faces and (
                face.stretch != self.faces[0].stretch
                or face.time - self.faces[0].time > self.settings.seconds - 0.5 / self.fps
            ):
                yield from self._cut()
            self.faces.append(face)

    def _cut(self) -> Iterator[dict]:
        faces, self.faces = self.faces, []
        if not faces:
            return
        clip = _describe(faces, self.fps)
        reason = self._flaw(clip)
        if reason:
            self.counts.dropped[reason] += len(faces)
            return
        self.counts.kept += len(faces)
        frames = [encode(face.image, self.settings) for face in faces]
        yield {"track": self.number, "fps": self.fps, "frames": frames, **clip}

    def _flaw(self, clip: dict) -> str | None:
        """Why a clip is left out."""
        if len(clip["times"]) < 3 or clip["times"][-1] - clip["times"][0] < self.settings.least - 1 / self.fps:
            return "short stretch"
        if clip["eye_distance"] < self.settings.eye_distance:
            return "small face"
        if clip["movement"] < STILL and self.rng.random() >= self.settings.keep_still:
            return "nothing moves"
        return None


def encode(image: np.ndarray, settings: ShardSettings) -> bytes:
    """A crop `(S, S, 3)` as a picture file."""
    buffer = io.BytesIO()
    options = {"subsampling": 0} if settings.codec == "jpeg" else {"method": 4}
    Image.fromarray(image).save(buffer, CODECS[settings.codec], quality=settings.quality, **options)
    return buffer.getvalue()


def _describe(faces: list[AlignedFace], fps: float) -> dict:
    size = len(faces[0].image)
    scale = np.median([np.sqrt(abs(np.linalg.det(face.transform[:, :2]))) for face in faces])
    distance = EYE_DISTANCE * size / max(float(scale), 1e-6)
    coarse = np.stack([_coarse(face.image) for face in faces])
    times = np.array([face.time for face in faces])
    gaps = np.array([np.linalg.norm(np.subtract(*face.landmarks[list(LIPS)])) for face in faces]) / distance
    reach = max(1, round(TALKING_WINDOW * fps / 2))
    moving = [np.ptp(gaps[max(place - reach, 0) : place + reach + 1]) > TALKING for place in range(len(gaps))]
    sharpness = [cv2.Laplacian(cv2.cvtColor(face.image, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var() for face in faces]
    return {
        "times": times.tolist(),
        "eye_distance": float(distance),
        "sharpness": float(max(sharpness)),
        "correlation": float(np.mean([face.correlation for face in faces])),
        "talking": float(np.mean(moving)),
        "movement": float(np.abs(coarse - coarse[0]).mean(axis=(1, 2)).max()),
    }


def _coarse(image: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (COARSE, COARSE), interpolation=cv2.INTER_AREA).astype(np.float32)
