"""Writing films."""

import itertools
import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from micron_bert.errors import InputError
from micron_bert.video.encoder import encoder_for
from micron_bert.video.frames import Frame
from micron_bert.video.picture import as_rgb
from micron_bert.video.sound import Sound, SoundTrack

FINE = Fraction(1, 60000)  # seconds: what times of frames are rounded to
SUFFIXES = (".mp4", ".mov", ".mkv", ".avi")


def write_video(
    path: str | os.PathLike, frames: Iterable[np.ndarray | Frame], fps: float, sound: Sound | None = None
) -> Path:
    """
    Write a film (H.264, or MPEG-4 where PyAV has no H.264 encoder; 4:2:0).

    The file appears under its name when it is complete. An AVI, which knows frames at an even rate only, has each at
    the next multiple of `1 / fps`, and no B-frames. Pictures with an odd width or height, which 4:2:0 cannot
    have, repeat their last column or row.

    Args:
        path (`str` or `os.PathLike`):
            Where to write; the suffix says the container: `.mp4`, `.mov`, `.mkv` or `.avi`.
        frames (iterable of `np.ndarray` of shape `(H, W, 3)`, or of [`Frame`]):
            RGB, uint8; grey pictures are understood too. Taken one at a time. Frames keep their times, counted from
            the first one's.
        fps (`float`):
            Frames per second.
        sound ([`Sound`], *optional*):
            Sound to go with the pictures.

    Returns:
        `Path`: where the film is.

    Raises:
        [`InputError`]: another suffix, no frames, or frames of different sizes.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"A video cannot be written to `{path}`; the name must end in {', '.join(SUFFIXES)}.")
    if not fps > 0:
        raise InputError(f"`fps` is `{fps}`; it must be a positive number of frames per second.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder `{path.parent}` to write `{path.name}` into; make it first.")
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise InputError(f"There are no frames to write to `{path}`.")
    # the suffix stays last: PyAV takes the container from it
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        _encode(unfinished, itertools.chain([first], frames), Fraction(fps).limit_denominator(10000), sound)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _encode(path: Path, frames: Iterable[np.ndarray | Frame], rate: Fraction, sound: Sound | None) -> None:
    encoder, options = encoder_for()
    shape, track, stamp, fine = None, None, -1, FINE
    if path.suffix.lower() == ".avi":
        fine, options = 1 / rate, options | {"bf": "0"}
    with av.open(str(path), "w") as container:
        for index, frame in enumerate(frames):
            time = frame.time if isinstance(frame, Frame) else None
            image = as_rgb(frame.image if isinstance(frame, Frame) else frame)
            if shape is None:
                shape, begin = image.shape, time
                stream = container.add_stream(encoder, rate=rate, options=options)
                stream.width, stream.height = image.shape[1] + image.shape[1] % 2, image.shape[0] + image.shape[0] % 2
                stream.pix_fmt = "yuv420p"
                if time is not None:
                    stream.codec_context.time_base = fine
                track = None if sound is None else SoundTrack(container, sound)
            if image.shape != shape:
                raise InputError(
                    f"Frame {index} has `{image.shape[1]}x{image.shape[0]}` pixels, the first one "
                    f"`{shape[1]}x{shape[0]}`; all frames must have one size."
                )
            image = np.pad(image, ((0, shape[0] % 2), (0, shape[1] % 2), (0, 0)), mode="edge")
            picture = av.VideoFrame.from_ndarray(image, format="rgb24")
            elapsed = index / rate
            if time is not None:
                elapsed = time - begin
                stamp = max(round(elapsed / fine), stamp + 1)  # the times of some films fall back
                picture.pts, picture.time_base = stamp, fine
            container.mux(stream.encode(picture))
            if track is not None:
                track.write(until=float(elapsed))
        container.mux(stream.encode(None))
        if track is not None:
            track.write()
