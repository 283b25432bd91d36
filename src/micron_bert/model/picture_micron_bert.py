"""Frames as users have them – pictures, arrays, tensors, paths – to arrays of one layout, and sorted into clips."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from .container_micron_bert import open_still, to_srgb

LAYOUTS = ("channels_first", "channels_last")


def _opened(path: str | Path) -> Image.Image:
    try:
        with open_still(path) as picture:
            picture = ImageOps.exif_transpose(picture)
            picture.load()
            return to_srgb(picture)
    except FileNotFoundError as error:
        raise ValueError(f"There is no picture at `{path}`.") from error
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ValueError(f"`{path}` cannot be read as a picture: {error}.") from error


def _plain(frame, layout: str | None) -> np.ndarray:
    """One frame of any kind as `(H, W, channels)` in the type it had; see [`to_array`]."""
    if isinstance(frame, str | Path):
        frame = _opened(frame)
    if isinstance(frame, Image.Image):
        layout = "channels_last"
        if frame.mode in ("P", "LA", "PA"):
            frame = frame.convert("RGBA")
        elif frame.mode not in ("RGB", "RGBA", "L", "F") and not frame.mode.startswith("I"):
            frame = frame.convert("RGB")
        frame = np.asarray(frame)
        if frame.dtype == np.int32:  # PIL's mode "I" holds 16-bit pictures
            frame = frame.astype(np.uint16)
    elif hasattr(frame, "detach"):
        frame = frame.detach().cpu()
        frame = (frame.float() if frame.is_floating_point() else frame).numpy()
    frame = np.asarray(frame)
    if frame.ndim == 2:
        return frame[..., None]
    known = {0: "channels_first", -1: "channels_last"}
    fitting = [axis for axis in (-1, 0) if frame.ndim == 3 and frame.shape[axis] in (1, 3, 4)]
    if layout is not None:
        fitting = [axis for axis in fitting if known[axis] == str(getattr(layout, "value", layout))]
    if not fitting:
        expected = "(H, W), (H, W, channels) or (channels, H, W)" if layout is None else f"`{layout}`"
        raise ValueError(
            f"A frame must have the shape {expected}, with 1, 3 or 4 channels, got {frame.shape}; "
            "give a clip as a list of frames and a batch as a list of clips."
        )
    return np.moveaxis(frame, fitting[0], -1)


def to_array(frame, layout: str | None = None) -> tuple[np.ndarray, bool]:
    """
    One frame of any kind, as exactly as it was given.

    Args:
        frame (`PIL.Image.Image`, `np.ndarray`, `torch.Tensor`, `str` or `Path`):
            A picture: `(H, W)`, `(H, W, C)` or `(C, H, W)` with 1, 3 or 4 channels; or the path of one. Integers of 8
            or 16 bits, or floats in [0, 1] or [0, 255].
        layout (`str`, *optional*):
            `"channels_first"` or `"channels_last"`, for arrays and tensors; told from the shape if left out.

    Returns:
        The picture `(H, W, C)`, uint8 where it had 8 bits and else float32, and whether it was given in floats.
        Integers of any width are brought to 0…255 without rounding, floats are as they were.

    Raises:
        ValueError: not a picture, an unknown layout or value range, or a file that cannot be read.
    """
    frame = _plain(frame, layout)
    if frame.dtype == bool:
        return frame.astype(np.uint8) * 255, False
    if frame.dtype == np.uint16:
        return frame.astype(np.float32) / np.float32(257), False
    if np.issubdtype(frame.dtype, np.floating):
        if not np.isfinite(frame).all() or frame.min() < 0 or frame.max() > 255:
            raise ValueError(
                f"Float frames must lie in [0, 1] or [0, 255], got {frame.min()} to {frame.max()}; "
                "give them before they are normalised."
            )
        return frame.astype(np.float32), True
    if frame.dtype == np.uint8:
        return frame, False
    if not np.issubdtype(frame.dtype, np.integer) or frame.min() < 0 or frame.max() > 255:
        raise ValueError(f"Integer frames of type {frame.dtype} must lie in 0..255.")
    return frame.astype(np.uint8), False


def with_three_channels(frame: np.ndarray, white: float = 255) -> np.ndarray:
    """`(H, W, 1, 3 or 4)` to `(H, W, 3)` of the same type: grey is repeated, transparent parts become white."""
    if frame.shape[-1] == 4:
        opacity = frame[..., 3:] / white
        mixed = frame[..., :3] * opacity + white * (1 - opacity)
        return (np.round(mixed) if frame.dtype == np.uint8 else mixed).astype(frame.dtype)
    return np.repeat(frame, 3, axis=-1) if frame.shape[-1] == 1 else frame


def to_rgb(frame) -> np.ndarray:
    """
    One frame of any kind to 8-bit RGB, `(H, W, 3)`, uint8.

    Args:
        frame:
            As for [`to_array`]; floats in [0, 1] alone, as one frame does not show which range its clip has.

    Raises:
        ValueError: not a picture, an unknown layout or value range, or a file that cannot be read.
    """
    frame, in_floats = to_array(frame)
    if in_floats:
        if frame.max() > 1:
            raise ValueError(f"Float frames must lie in [0, 1], got {frame.min()} to {frame.max()}.")
        frame = frame * 255
    if frame.dtype != np.uint8:
        frame = np.round(frame).astype(np.uint8)
    return with_three_channels(frame)


def _is_frame(item) -> bool:
    return isinstance(item, str | Path | Image.Image) or (hasattr(item, "ndim") and item.ndim <= 3)


def to_clips(images) -> list[list]:
    """
    Sorts what the caller gave into clips of frames.

    Args:
        images:
            One frame, a clip (sequence of frames or array of 4 axes), or a batch of clips (sequence of clips or array
            of 5 axes).

    Raises:
        ValueError: an empty clip, or frames and clips mixed.
    """
    if _is_frame(images):
        return [[images]]
    if hasattr(images, "ndim"):
        images = list(images)
    if not isinstance(images, Sequence) or not images:
        raise ValueError("`images` must be a frame, a clip (list of frames) or a batch of clips, and not empty.")
    kinds = {_is_frame(item) for item in images}
    if kinds == {True}:
        return [list(images)]
    if kinds == {True, False}:
        raise ValueError("`images` mixes frames and clips; give a list of frames or a list of clips.")
    clips = [list(clip) for clip in images]
    if any(not clip for clip in clips):
        raise ValueError("A clip without frames was given.")
    return clips


__all__ = ["to_array", "to_clips", "to_rgb", "with_three_channels"]
