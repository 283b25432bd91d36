"""Single pictures, whatever their depth and channels, as RGB."""

import io
import os
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from micron_bert.errors import InputError

MOST_PIXELS = 100_000_000  # of a picture, so that a small file cannot take all memory
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm")


def natural_key(name: str) -> tuple[str, str]:
    """Sorts `img9` before `img10`; the name itself settles `01` against `1`."""
    return re.sub(r"\d+", lambda number: number[0].zfill(20), name), name


def read_image(path: str | os.PathLike) -> np.ndarray:
    """
    Read a picture the way it is meant to be seen.

    Grey, palette, 16-bit and CMYK pictures become RGB, transparent parts white, and the rotation that a camera noted
    in the EXIF data is applied.

    Args:
        path (`str` or `os.PathLike`):
            Any format that Pillow reads.

    Returns:
        `np.ndarray` of shape `(H, W, 3)`: RGB, uint8.

    Raises:
        [`InputError`]: the file is missing or is not a picture.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no picture `{path}`; check the path.")
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise InputError(
                    f"`{path}` has `{picture.width}x{picture.height}` pixels; at most {MOST_PIXELS // 10**6} million "
                    "are read. Make it smaller first."
                )
            picture = ImageOps.exif_transpose(picture)
            if picture.mode.startswith("I"):  # 16-bit grey, which Pillow would clip instead of scale
                return as_rgb(np.asarray(picture).astype(np.uint16))
            transparent = "A" in picture.getbands() or "transparency" in picture.info
            return as_rgb(np.asarray(picture.convert("RGBA" if transparent else "RGB")))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        if isinstance(error, Image.DecompressionBombError):
            raise InputError(
                f"`{path}` has too many pixels; at most {MOST_PIXELS // 10**6} million are read. Make it smaller."
            ) from error
        raise InputError(f"`{path}` cannot be read as a picture; convert it to PNG or JPEG.") from error


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
