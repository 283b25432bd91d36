"""The largest face of a film, followed from its first frame to its last as spotting does."""

import math
import os
from collections.abc import Iterable

import numpy as np

from micron_bert.errors import NoFaceError
from micron_bert.faces.alignment import transform_points
from micron_bert.spotting.finder import FaceFinder
from micron_bert.spotting.track import AlignedFace, FaceTrack
from micron_bert.video.frames import Frame
from micron_bert.video.reader import open_video

FASTEST = 50.0  # frames per second up to which every frame is used; faster films are thinned out
WORKING = 45.0  # frames per second that such films are brought below


def stride_of(fps: float) -> int:
    """Every how many frames one of a film is used, by its frames per second."""
    return math.ceil(fps / WORKING) if fps > FASTEST else 1


def follow(frames: Iterable[Frame], fps: float, size: int) -> list[AlignedFace]:
    """
    Follow and register the largest face.

    Args:
        frames (`Iterable[Frame]`): of the film, all of them.
        fps (`float`): frames per second; a fast film is thinned out.
        size (`int`): side of the crops in pixels.

    Returns:
        `list[AlignedFace]`: one for each frame that was used and shows the face; empty where none does.
    """
    finder, track, stride, faces = FaceFinder(), FaceTrack(size), stride_of(fps), []
    for frame in frames:
        if frame.index % stride == 0:
            found = finder.locate(frame.image, frame.time).get(0)
            faces += track.push(frame.index // stride, frame.index, frame.time, frame.image, found)
    return faces + list(track.interrupt())


def followed_film(
    path: str | os.PathLike, size: int, start: float = 0.0, end: float | None = None, fps: float | None = None
) -> dict[str, np.ndarray]:
    """
    The largest face of a film, or of a part in seconds, registered: `frames (T, S, S, 3)`, `times (T,)`, `landmarks
    (T, 468, 2)` in pixels of the crops, `light (T,)`, `stretch (T,)`, and `transform (T, 2, 3)` and `index (T,)` of
    the picture it came from.
    """
    with open_video(path, fps) as video:
        faces = follow(video.frames(start, end), video.fps, size)
    if not faces:
        raise NoFaceError("it shows no face.")
    return {
        "frames": np.stack([face.image for face in faces]),
        "times": np.array([face.time for face in faces], float),
        "landmarks": np.stack([transform_points(f.transform, f.landmarks) for f in faces]).astype(np.float32),
        "light": np.array([1 / face.gain for face in faces], np.float32),
        "stretch": np.array([face.stretch for face in faces]),
        "transform": np.stack([face.transform for face in faces]),
        "index": np.array([face.index for face in faces]),
    }
