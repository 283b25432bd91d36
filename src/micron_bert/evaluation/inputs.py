"""The clips as the learner takes them: read, registered and described once, for all folds and processes."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from micron_bert.cache_folder import read_kept
from micron_bert.cache_key import cache_key
from micron_bert.evaluation.clips import PreparedClips
from micron_bert.evaluation.learner import Learner
from micron_bert.output_folder import whole_file
from micron_bert.stored_arrays import read_array, write_rows


def inputs_key(clips: PreparedClips, learner: Learner, size: int, register: bool) -> str:
    """The key of the arrays: of the stored pictures, the names of the clips, the settings and the code."""
    digest = hashlib.sha256()
    for clip in clips.clips:
        digest.update(repr(clip.name).encode())
        row = clips.stored(clip)
        pictures = row.pop("frames", None) or [row.pop("onset"), row.pop("apex")]
        for picture in pictures:
            stored = picture["bytes"] or picture["path"] if isinstance(picture, dict) else picture
            digest.update(stored if isinstance(stored, bytes) else str(stored).encode())
        digest.update(repr(sorted(row.items())).encode())
    kind = type(learner)
    settings = [kind.__name__, learner.later_frames, size, register, digest.hexdigest()]
    return cache_key("inputs", settings, code=[kind.__module__, PreparedClips.__module__])


def store_inputs(
    clips: PreparedClips,
    learner: Learner,
    size: int,
    register: bool,
    path: Path,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """
    Describes every clip and keeps the arrays; does nothing when that has been done.

    Args:
        clips ([`PreparedClips`]):
            Which clips.
        learner ([`Learner`]):
            Describes them.
        size (`int`):
            Side of the frames in pixels.
        register (`bool`):
            Whether later frames are registered to the onset.
        path (`Path`):
            Where to keep the arrays, by [`inputs_key`].
        threads (`int`, defaults to 1):
            Threads at work; the result is the same for any number.
        progress (`Callable[[int], None]`, *optional*):
            Called with the number of clips that are done.

    Returns:
        `Path`: the `.npy` file with an array `(N, ...)`, to be mapped into memory.
    """

    def described(clip) -> np.ndarray:
        return learner.describe(clips.frames(clip, size, learner.later_frames, register))

    def make() -> None:
        for leftover in path.parent.glob(".inputs-*.npy.*"):  # of a run that was killed while it wrote
            leftover.unlink()
        cv2.setNumThreads(1)
        with whole_file(path) as draft, ThreadPoolExecutor(threads) as pool:
            write_rows(draft, told(pool.map(described, clips.clips)), len(clips.clips))

    def told(arrays):
        for number, array in enumerate(arrays, 1):
            yield array
            if progress:
                progress(number)

    read_kept(path, lambda: read_array(path, mapped=True), make)
    return path
