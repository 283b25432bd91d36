"""
An opened film or picture: which of its streams and pages are shown, where its time begins, and its pictures the way
they are seen.
"""

import io
from fractions import Fraction
from functools import lru_cache

import numpy as np

MOST_PIXELS = 100_000_000  # of a picture, so that a small file cannot take all memory
REDUCED = 254  # tag of TIFF, whose first bit says that a picture is a preview of another
# modes of pictures that are brought to sRGB, and what they become
PROFILED = {"L": "RGB", "RGB": "RGB", "RGBA": "RGBA", "CMYK": "RGB"}


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


def origin_of(container, stream, first=None) -> Fraction:
    """
    The time stamp, in seconds, that players show as 0: where the first of picture and sound begins.

    What sound codecs need before the beginning lies before 0 and is not heard; a film that itself begins there begins
    at 0.

    Args:
        container, stream: of PyAV.
        first (`av.VideoFrame`, *optional*): the first that is shown, which tells where the file does not.
    """
    from av import time_base

    if container.start_time is None and stream.start_time is None and first is not None and first.pts is not None:
        return first.pts * stream.time_base
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
    size = {"width": shown_width(frame.width, stream), "height": frame.height}
    image = frame.to_ndarray(format="rgb24", **size, **_by_one_thread())
    return np.ascontiguousarray(_upright(image, frame))


@lru_cache(maxsize=1)
def _by_one_thread() -> dict[str, int]:
    """What tells PyAV to convert a picture by one thread: to wake one for each core takes longer than it saves."""
    from av import VideoFrame

    try:
        VideoFrame(2, 2, "yuv420p").reformat(format="rgb24", threads=1)
    except TypeError:  # an old PyAV, which has but one
        return {}
    return {"threads": 1}


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


def open_still(path):
    """
    A picture file, opened by Pillow and not decoded yet.

    Raises:
        OSError, ValueError, SyntaxError: it is none; see `PIL.Image.open`.
    """
    from PIL import Image

    picture = Image.open(path)
    if picture.format == "TIFF":
        # with a name, Pillow maps the file into memory with the sides of the turned picture, and so scrambles it
        picture.filename = ""
    return picture


def pages_of(picture) -> list[int]:
    """
    Numbers of the pictures of a file, opened by Pillow, that follow each other.

    TIFF also holds previews beside a photograph: those that are said to be, and those of a lone picture by their size.
    """
    count = getattr(picture, "n_frames", 1)
    if picture.format != "TIFF" or count == 1:
        return list(range(count))
    sizes = {}
    for number in range(count):
        picture.seek(number)
        if not (picture.tag_v2.get(REDUCED) or 0) & 1:
            sizes[number] = picture.size
    picture.seek(0)
    return list(sizes) if len(sizes) > len(set(sizes.values())) else list(sizes)[:1]


def turn_to(picture, number: int) -> None:
    """Opens a picture of a file."""
    picture.seek(number)
    if picture.format == "TIFF" and picture.mode not in ("P", "PA"):
        picture.palette = None  # Pillow keeps that of another page


def to_srgb(picture):
    """
    A decoded picture in the colours that viewers show.

    Args:
        picture (`PIL.Image.Image`): with its profile (ICC), if it has one, in `info`.

    Returns:
        `PIL.Image.Image`: in sRGB, of mode RGB or RGBA; the picture itself where it has no profile of its mode, one
        that is damaged, or that of sRGB.
    """
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in PROFILED:
        return picture
    change = _change(profile, picture.mode)
    if change is None:
        return picture
    from PIL import ImageCms

    return ImageCms.applyTransform(picture, change)


@lru_cache(maxsize=8)
def _change(profile: bytes, mode: str):
    """What turns pictures of a profile into sRGB; None where nothing has to be, or can be."""
    from PIL import ImageCms, features

    if not features.check("littlecms2"):
        return None
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(own).lower():
            return None
        return ImageCms.buildTransform(own, ImageCms.createProfile("sRGB"), mode, PROFILED[mode])
    except (ImageCms.PyCMSError, ValueError, OSError, TypeError):
        return None


__all__ = [
    "MOST_PIXELS",
    "check_size",
    "main_stream",
    "open_still",
    "origin_of",
    "pages_of",
    "shown_picture",
    "shown_width",
    "to_srgb",
    "turn_to",
]
