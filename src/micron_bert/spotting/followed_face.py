"""The largest face of a film, followed from its first frame to its last as spotting does."""

import math
from collections.abc import Iterable

from micron_bert.spotting.finder import FaceFinder
from micron_bert.spotting.track import AlignedFace, FaceTrack
from micron_bert.video.frames import Frame

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
