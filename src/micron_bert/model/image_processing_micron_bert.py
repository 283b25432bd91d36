"""Frames of clips to `pixel_values`, without torchvision."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from transformers.image_processing_backends import PilBackend
from transformers.image_processing_utils import BatchFeature
from transformers.image_utils import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD, PILImageResampling


def to_rgb(frame) -> np.ndarray:
    """
    One frame of any kind to RGB.

    Args:
        frame (`PIL.Image.Image`, `np.ndarray`, `torch.Tensor`, `str` or `Path`):
            A picture: `(H, W)`, `(H, W, C)` or `(C, H, W)` with 1, 3 or 4 channels; 8 or 16 bit integers, or floats in
            [0, 1]; or the path of one. Transparent parts become white.

    Returns:
        `np.ndarray` of shape `(H, W, 3)` and type uint8.

    Raises:
        ValueError: not a picture, an unknown layout or value range, or a file that cannot be read.
    """
    if isinstance(frame, str | Path):
        try:
            with Image.open(frame) as picture:
                frame = ImageOps.exif_transpose(picture)
                frame.load()
        except FileNotFoundError as error:
            raise ValueError(f"There is no picture at `{frame}`.") from error
        except (OSError, SyntaxError) as error:
            raise ValueError(f"`{frame}` cannot be read as a picture: {error}.") from error
    if isinstance(frame, Image.Image):
        if frame.mode in ("P", "LA", "PA"):
            frame = frame.convert("RGBA")
        elif frame.mode not in ("RGB", "RGBA", "L", "F") and not frame.mode.startswith("I"):
            frame = frame.convert("RGB")
        frame = np.asarray(frame)
        if frame.dtype == np.int32:  # PIL's mode "I" holds 16-bit pictures
            frame = frame.astype(np.uint16)
    elif hasattr(frame, "detach"):
        frame = frame.detach().cpu().numpy()
    frame = np.asarray(frame)
    if frame.ndim == 2:
        frame = frame[..., None]
    if frame.ndim != 3 or (frame.shape[-1] not in (1, 3, 4) and frame.shape[0] not in (1, 3, 4)):
        raise ValueError(
            f"A frame must have the shape (H, W), (H, W, channels) or (channels, H, W), got {frame.shape}; "
            "give a clip as a list of frames and a batch as a list of clips."
        )
    if frame.shape[-1] not in (1, 3, 4):
        frame = np.moveaxis(frame, 0, -1)
    if frame.dtype == bool:
        frame = frame.astype(np.uint8) * 255
    elif frame.dtype == np.uint16:
        frame = np.round(frame / 257.0).astype(np.uint8)
    elif np.issubdtype(frame.dtype, np.floating):
        if not np.isfinite(frame).all() or frame.min() < 0 or frame.max() > 1:
            raise ValueError(f"Float frames must lie in [0, 1], got {frame.min()} to {frame.max()}.")
        frame = np.round(frame * 255.0).astype(np.uint8)
    elif frame.dtype != np.uint8:
        if frame.min() < 0 or frame.max() > 255:
            raise ValueError(f"Integer frames of type {frame.dtype} must lie in 0..255.")
        frame = frame.astype(np.uint8)
    if frame.shape[-1] == 4:
        opacity = frame[..., 3:] / 255.0
        frame = np.round(frame[..., :3] * opacity + 255 * (1 - opacity)).astype(np.uint8)
    return np.repeat(frame, 3, axis=-1) if frame.shape[-1] == 1 else frame


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


class MicronBertImageProcessor(PilBackend):
    """
    Clips to normalised `pixel_values` of shape `(batch, frames, 3, height, width)`.

    All frames of a clip go through one geometric transform (a resize to `size`), so that nothing moves that did not
    move before. Faces are found, aligned and registered elsewhere ([`~micron_bert.faces.align_clip`]).

    Args:
        size (`dict[str, int]`, defaults to `{"height": 224, "width": 224}`):
            Size in pixels after resizing.
        resample (`int`, defaults to bicubic):
            PIL's filter.
        image_mean, image_std (`list[float]`, default to ImageNet's):
            Per channel, on the scale of [0, 1].
    """

    model_input_names = ["pixel_values"]
    resample = PILImageResampling.BICUBIC
    image_mean = IMAGENET_DEFAULT_MEAN
    image_std = IMAGENET_DEFAULT_STD
    size = {"height": 224, "width": 224}
    do_resize = True
    do_rescale = True
    do_normalize = True
    do_convert_rgb = True

    def _preprocess_image_like_inputs(self, images, *args, return_tensors=None, **kwargs) -> BatchFeature:
        """
        Args:
            images:
                One frame, a clip, or a batch of clips of equal length; see [`to_rgb`] for what a frame may be.

        Raises:
            ValueError: frames of one clip differ in size, clips differ in length, or a frame cannot be read.
        """
        clips = [self._clip(clip, **kwargs) for clip in to_clips(images)]
        lengths = sorted({len(clip) for clip in clips})
        if len(lengths) > 1:
            raise ValueError(f"All clips of a batch must have the same number of frames, got {lengths}.")
        sizes = sorted({clip.shape[-2:] for clip in clips})
        if len(sizes) > 1:
            raise ValueError(f"Clips of a batch must have one size, got {sizes}; leave `do_resize` on.")
        return BatchFeature(data={"pixel_values": np.stack(clips)}, tensor_type=return_tensors)

    def _clip(self, frames: list, **kwargs) -> np.ndarray:
        frames = [to_rgb(frame) for frame in frames]
        sizes = sorted({frame.shape[:2] for frame in frames})
        if len(sizes) > 1:
            shown = ", ".join(f"{height}x{width}" for height, width in sizes)
            raise ValueError(f"All frames of a clip must have the same size, got {shown} (height x width).")
        size = kwargs["size"]
        if kwargs["do_resize"] and sizes[0] != (size.height, size.width):
            pictures = [Image.fromarray(frame) for frame in frames]
            resized = [picture.resize((size.width, size.height), kwargs["resample"]) for picture in pictures]
            frames = [np.asarray(picture) for picture in resized]
        clip = np.stack(frames).astype(np.float32)  # (T, H, W, 3)
        if kwargs["do_rescale"]:
            clip *= kwargs["rescale_factor"]
        if kwargs["do_normalize"]:
            clip = (clip - np.float32(kwargs["image_mean"])) / np.float32(kwargs["image_std"])
        return np.ascontiguousarray(clip.transpose(0, 3, 1, 2), dtype=np.float32)


MicronBertImageProcessor.register_for_auto_class("AutoImageProcessor")

__all__ = ["MicronBertImageProcessor"]
