"""Single pictures, whatever their depth and channels, as RGB."""

import io
import math
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from micron_bert.errors import InputError
from micron_bert.model.container_micron_bert import MOST_PIXELS, open_still, to_srgb
from micron_bert.video.halving import halved, smaller

DEEP_PIXELS = 40_000_000  # of a picture in colour with more than 8 bits, which OpenCV holds several times
KEPT_PIXELS = 50_000_000  # of a picture, which is halved if it has more: no face needs them
HEIC_SUFFIXES = (".heic", ".heif")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".apng", *HEIC_SUFFIXES)
# the largest values of sensors, of which one is taken for white: the least that no sample exceeds
WHITES = (2**8 - 1, 2**10 - 1, 2**12 - 1, 2**14 - 1, 2**16 - 1, 2**24 - 1, 2**32 - 1)
ORIENTATION, MAX_SAMPLE_VALUE = 274, 281  # tags of EXIF and TIFF
_UNREADABLE = (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError)


def natural_key(name: str) -> tuple[str, str]:
    """Sorts `img9` before `img10`; the name itself settles `01` against `1`."""
    return re.sub(r"\d+", lambda number: number[0].zfill(20), name), name


def is_picture(name: str) -> bool:
    """Whether a name is that of a picture; hidden files (`._img1.jpg`) are none."""
    return not name.startswith((".", "~")) and os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES


def read_image(path: str | os.PathLike, white: float | None = None) -> np.ndarray:
    """
    Read a picture the way it is meant to be seen.

    Grey, palette, deep, float and CMYK pictures become RGB, transparent parts white, colours those of the profile
    (ICC, at 8 bits), and the rotation that a camera noted in the EXIF data is applied. A picture of more than 50
    million pixels is halved.

    Args:
        path (`str` or `os.PathLike`):
            Any format that Pillow reads, HEIC with the extra `heic`, and grey TIFF of 32 bits or floats.
        white (`float`, *optional*):
            Value of white in pictures of more than 8 bits. If left out, what the file says or uses: samples up to 4095
            are those of a camera of 12 bits, whatever they are stored in. For pictures of one clip see
            [`common_white`].

    Returns:
        `np.ndarray` of shape `(H, W, 3)`: RGB, uint8.

    Raises:
        [`InputError`]: the file is missing or is not a picture.
    """
    path = Path(path)
    with open_picture(path) as picture:
        samples = samples_of(picture, path)
        return to_bytes(samples, white_of(samples, picture) if white is None else white)


def common_white(paths: Sequence[str | os.PathLike]) -> float | None:
    """
    The white that pictures of one clip share, so that none is brighter than another by its depth.

    Args:
        paths (`Sequence`):
            The pictures. When the first has 8 bits, only that is looked at; those that cannot be read are passed over.

    Returns:
        `float` or `None`: the white; `None` for pictures of 8 bits.
    """
    white = None
    for path in map(Path, paths):
        try:
            with open_picture(path) as picture:
                if _is_deep(picture):
                    white = max(white or 0, white_of(samples_of(picture, path), picture))
                elif white is None:
                    return None
        except InputError:
            continue
    return white


def open_picture(path: Path) -> Image.Image:
    """
    A picture file, not decoded yet.

    Raises:
        [`InputError`]: it is missing, is none, or has too many pixels.
    """
    if not path.is_file():
        raise InputError(f"There is no picture `{path}`; check the path.")
    if path.suffix.lower() in HEIC_SUFFIXES:
        _learn_heic(path)
    try:
        with quiet_pillow():
            picture = open_still(path)
    except Image.DecompressionBombError as error:
        raise InputError(
            f"`{path}` has too many pixels; at most {MOST_PIXELS // 10**6} million are read. Make it smaller first."
        ) from error
    except _UNREADABLE as error:
        raise InputError(f"`{path}` cannot be read as a picture; convert it to PNG or JPEG.") from error
    if picture.width * picture.height > MOST_PIXELS:
        picture.close()
        raise InputError(
            f"`{path}` has `{picture.width}x{picture.height}` pixels; at most {MOST_PIXELS // 10**6} million are "
            "read. Make it smaller first."
        )
    return picture


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Without Pillow's warnings: of sizes a little below our own limit, and of notes beside the pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def samples_of(picture: Image.Image, path: Path, number: int = 0) -> np.ndarray:
    """
    The samples of a picture as they are stored, upright: `(H, W)`, `(H, W, 3)` or `(H, W, 4)`.

    Their type is uint8, uint16, int32 or float32.

    Args:
        picture (`PIL.Image.Image`): from [`open_picture`].
        path (`Path`): its file.
        number (`int`, defaults to 0): which picture of the file it stands at.

    Raises:
        [`InputError`]: it cannot be decoded.
    """
    try:
        with quiet_pillow():
            return _samples_of(picture, path, number)
    except _UNREADABLE as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"`{path}` cannot be read as a picture; convert it to PNG or JPEG.") from error


def _samples_of(picture: Image.Image, path: Path, number: int) -> np.ndarray:
    divisor = _divisor_of(picture)
    if _is_deep_colour(picture):
        if picture.width * picture.height > DEEP_PIXELS:
            raise InputError(
                f"`{path}` has `{picture.width}x{picture.height}` pixels of 16 bits in colour; at most "
                f"{DEEP_PIXELS // 10**6} million are read. Make it smaller, or save it with 8 bits, first."
            )
        orientation = picture.getexif().get(ORIENTATION, 1)
        return _turned(_by_opencv(path, number, divisor), orientation)
    if divisor > 1:
        picture.draft(None, (picture.width // divisor, picture.height // divisor))  # JPEG is decoded smaller
    picture.load()  # which turns a TIFF already
    orientation = picture.getexif().get(ORIENTATION, 1)
    if picture.mode.startswith("I;16"):
        # in the order of bytes of this machine
        samples = smaller(np.asarray(picture).astype(np.uint16, copy=False), divisor)
    else:
        samples = halved(picture, _divisor_of(picture), _plain)
    return _turned(samples, orientation)


def white_of(samples: np.ndarray, picture: Image.Image) -> float:
    """The value of white in samples, by what the file says or, where it does not, by what they use."""
    if samples.dtype == np.uint8:
        return 255
    if picture.format == "PPM":
        return 65535  # Pillow scales by the largest value that the file names
    told = getattr(picture, "tag_v2", {}).get(MAX_SAMPLE_VALUE)
    told = max(told) if isinstance(told, tuple) and told else told
    finite = samples[np.isfinite(samples)] if samples.dtype == np.float32 else samples
    largest = float(finite.max()) if finite.size else 0.0
    if samples.dtype == np.float32 and largest <= 1.5:
        return 1.0  # interpolation goes a little beyond
    if isinstance(told, int) and largest <= told and told in WHITES:
        return told
    return next((white for white in WHITES if largest <= white), largest)


def to_bytes(samples: np.ndarray, white: float) -> np.ndarray:
    """Samples of [`samples_of`] as RGB of 8 bits, `(H, W, 3)`, with `white` as 255; what lies beyond is cut."""
    if samples.dtype == np.uint8:
        return as_rgb(samples)
    scaled = np.nan_to_num(samples.astype(np.float32), posinf=white, neginf=0) * np.float32(255 / white)
    return as_rgb(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))


def _is_deep(picture: Image.Image) -> bool:
    return picture.mode.startswith(("I", "F")) or _is_deep_colour(picture)


def _is_deep_colour(picture: Image.Image) -> bool:
    """Whether Pillow would leave only the upper 8 of 16 bits of a picture with colour or transparency."""
    args = picture.tile[0][3] if getattr(picture, "tile", None) else ""
    mode = args[0] if isinstance(args, tuple) and args else args
    return picture.format in ("PNG", "TIFF") and ";16" in str(mode) and not picture.mode.startswith("I")


def _divisor_of(picture: Image.Image) -> int:
    """By what the sides of a picture are divided, so that it does not have more pixels than are kept."""
    return math.ceil(math.sqrt(picture.width * picture.height / KEPT_PIXELS))


def _plain(picture: Image.Image) -> Image.Image:
    """A picture as RGB or RGBA of 8 bits, or as whole or real numbers."""
    if picture.mode in ("I", "F"):
        return picture
    picture = to_srgb(picture)
    transparent = "A" in picture.getbands() or "transparency" in picture.info
    wanted = "RGBA" if transparent else "RGB"
    return picture if picture.mode == wanted else picture.convert(wanted)


def _by_opencv(path: Path, number: int, divisor: int) -> np.ndarray:
    data = np.memmap(path, np.uint8, "r")  # and not the name, which may be of any encoding
    if number:
        read, found = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED, range=(number, number + 1))
        image = found[0] if read else None
    else:
        image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if image is None:
        raise InputError(f"`{path}` cannot be read as a picture; convert it to PNG or JPEG.")
    image = smaller(image, divisor)
    codes = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
    return cv2.cvtColor(image, codes[image.shape[2]]) if image.ndim == 3 else image


def _turned(image: np.ndarray, orientation: int) -> np.ndarray:
    """Samples turned and mirrored by a number of EXIF, 1 to 8."""
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(image[::rows, ::columns])  # no copy where nothing is turned


def _learn_heic(path: Path) -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise InputError(
            f"`{path}` is a HEIC picture; `pip install micron-bert[heic]` makes them readable, or save it as JPEG."
        ) from error
    register_heif_opener()


def as_rgb(image: np.ndarray) -> np.ndarray:
    """
    A picture in memory as RGB of 8 bits.

    Args:
        image (`np.ndarray` of shape `(H, W)`, `(H, W, 1)`, `(H, W, 3)` or `(H, W, 4)`):
            uint8 or uint16; grey, RGB or RGBA. Transparent parts become white.

    Returns:
        `np.ndarray` of shape `(H, W, 3)`, uint8; `image` itself when it is that already.

    Raises:
        [`InputError`]: another shape or type, or a picture without pixels.
    """
    image = np.asarray(image)
    if image.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"A picture of type `{image.dtype}` is not understood; pass uint8 (0 to 255) or uint16 (0 to 65535)."
        )
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4) or 0 in image.shape:
        raise InputError(f"A picture of shape `{image.shape}` is not understood; pass `(height, width, 3)`.")
    if image.dtype == np.uint16:
        image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if image.shape[2] == 4:
        colour, alpha = image[..., :3].astype(np.uint32), image[..., 3:].astype(np.uint32)
        image = ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return image if image.shape[2] == 3 else np.repeat(image, 3, axis=2)


def png_bytes(image: np.ndarray) -> bytes:
    """A picture `(H, W, 3)`, RGB uint8, as a PNG file; packed fast rather than small."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
