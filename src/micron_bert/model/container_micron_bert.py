"""An opened film: which of its streams is shown, where its time begins, and its pictures the way they are seen."""

from fractions import Fraction

import numpy as np

MOST_PIXELS = 100_000_000  # of a picture, so that a small file cannot take all memory


def main_stream(container, name: str):
    """
    The stream that players show: no cover picture, and of several the one that FFmpeg takes for the best.

    Args:
        container: of PyAV.
        name (`str`): of the film, for the sentence.

    Raises:
        ValueError: there is none, or none that can be decoded.
    """
    from av.stream import Disposition

    if not container.streams.video:
        raise ValueError(f"`{name}` has no picture in it, only other streams; pass a video.")
    known = [stream for stream in container.streams.video if stream.codec_context is not None]
    if not known:
        raise ValueError(f"`{name}` is encoded in a way that is not known here, or damaged; convert it to H.264.")
    films = [stream for stream in known if not stream.disposition & Disposition.attached_pic] or known
    best = container.streams.best("video")
    return best if best in films else films[0]


def origin_of(container, stream) -> Fraction:
    """
    The time stamp, in seconds, that players show as 0: where the first of picture and sound begins.

    What sound codecs need before the beginning lies before 0 and is not heard; a film that itself begins there begins
    at 0.
    """
    from av import time_base

    starts = [s.start_time * s.time_base for s in container.streams if s.start_time is not None and s.time_base]
    begin = Fraction(container.start_time or 0, time_base)
    # the container has it in microseconds only
    begin = next((start for start in starts if abs(start - begin) <= Fraction(2, time_base)), begin)
    if begin < 0:
        own = stream.start_time
        begin = Fraction(0) if own is None else min(Fraction(0), own * stream.time_base)
    return begin


def check_size(name: str, sized, stream) -> None:
    """
    Refuses pictures with more pixels than are read, before they take memory.

    Args:
        name (`str`): of the film, for the sentence.
        sized: frame or codec context, with `width` and `height`.
        stream: with the aspect of its pixels.

    Raises:
        ValueError: they have more than 100 million pixels.
    """
    width = shown_width(sized.width, stream)
    if width * sized.height > MOST_PIXELS:
        raise ValueError(
            f"`{name}` has pictures of `{width}x{sized.height}` pixels; at most {MOST_PIXELS // 10**6} million are "
            "read. Make them smaller first."
        )


def shown_width(width: int, stream) -> int:
    """Width in square pixels, before any rotation."""
    aspect = stream.sample_aspect_ratio
    return max(round(width * aspect), 1) if aspect else width


def shown_picture(frame, stream) -> np.ndarray:
    """The picture `(H, W, 3)` of a decoded frame as displayed: RGB, uint8, square pixels, upright."""
    image = frame.to_ndarray(format="rgb24", width=shown_width(frame.width, stream), height=frame.height)
    return np.ascontiguousarray(_upright(image, frame))


def _upright(image: np.ndarray, frame) -> np.ndarray:
    """A picture turned and mirrored as the file asks for, by quarters of a turn."""
    from av.sidedata.sidedata import SideDataContainer

    # `frame.side_data` would be held by the frame, and hold it: a picture that stays until the garbage is looked for
    matrix = SideDataContainer(frame).get("DISPLAYMATRIX")
    if matrix is None:
        return image
    # 3x3, row vectors: x' = a x + c y, y' = b x + d y
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].tolist()
    if abs(a) + abs(d) < abs(b) + abs(c):
        image, a, d = image.transpose(1, 0, 2), c, b
    return image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]


__all__ = ["MOST_PIXELS", "check_size", "main_stream", "origin_of", "shown_picture", "shown_width"]
