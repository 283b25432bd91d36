"""Frames of clips to `pixel_values`, without torchvision."""

import numpy as np
from PIL import Image
from transformers.image_processing_backends import PilBackend
from transformers.image_processing_utils import BatchFeature
from transformers.image_transforms import center_crop, get_resize_output_image_size, get_size_with_aspect_ratio
from transformers.image_utils import (
    IMAGENET_DEFAULT_MEAN,
    IMAGENET_DEFAULT_STD,
    PILImageResampling,
    SizeDict,
    get_image_size_for_max_height_width,
)

from .picture_micron_bert import LAYOUTS, to_array, to_clips, with_three_channels


def _target(size: SizeDict, height: int, width: int) -> tuple[int, int]:
    """Height and width after resizing a frame of this size, by the keys that Transformers knows."""
    if size.height and size.width:
        return size.height, size.width
    if size.shortest_edge and size.longest_edge:
        return get_size_with_aspect_ratio((height, width), size.shortest_edge, size.longest_edge)
    if size.shortest_edge:
        frame = np.empty((1, height, width), np.uint8)
        return get_resize_output_image_size(
            frame, size.shortest_edge, default_to_square=False, input_data_format="channels_first"
        )
    if size.max_height and size.max_width:
        return get_image_size_for_max_height_width((height, width), size.max_height, size.max_width)
    raise ValueError(
        "`size` must have the keys `height` and `width`, `shortest_edge` (with `longest_edge` or alone), or "
        f"`max_height` and `max_width`, got {dict(size)}."
    )


def _resized(frame: np.ndarray, height: int, width: int, resample: int) -> np.ndarray:
    """`(H, W, C)` by PIL: 8 bits as 8 bits, floats channel by channel as floats."""
    if frame.dtype == np.uint8 and frame.shape[-1] > 1:
        return np.asarray(Image.fromarray(frame).resize((width, height), resample))
    channels = (Image.fromarray(np.ascontiguousarray(frame[..., c])) for c in range(frame.shape[-1]))
    return np.stack([np.asarray(channel.resize((width, height), resample)) for channel in channels], axis=-1)


def _per_channel(name: str, value, channels: int) -> np.ndarray:
    value = np.atleast_1d(np.asarray(value, np.float32))
    if value.shape not in ((1,), (channels,)):
        raise ValueError(f"`{name}` must be one number or {channels}, one per channel, got {len(value)}.")
    return value


class MicronBertImageProcessor(PilBackend):
    """
    Clips to normalised `pixel_values` of shape `(batch, frames, 3, height, width)`.

    All frames of a clip go through one geometric transform, so that nothing moves that did not move before. Nothing
    is rounded that was given in more than 8 bits. Faces are found, aligned and registered elsewhere
    ([`~micron_bert.faces.align_clip`]).

    Args:
        do_convert_rgb (`bool`, defaults to `True`):
            Grey frames get three channels, transparent parts become white. Without it the channels stay as they are.
        do_resize (`bool`, defaults to `True`), size (`dict[str, int]`, defaults to `{"height": 224, "width": 224}`):
            Size in pixels: `height` and `width`, `shortest_edge` (with `longest_edge` or alone), or `max_height` and
            `max_width`; a single number is a square.
        resample (`int`, defaults to bicubic):
            PIL's filter.
        do_center_crop (`bool`, *optional*), crop_size (`dict[str, int]`, *optional*):
            `height` and `width` in pixels of the middle to keep, after resizing.
        do_rescale (`bool`, defaults to `True`), rescale_factor (`float`, defaults to 1 / 255):
            What the values, 0 to 255, are multiplied with. A clip in floats from 0 to 1 is taken as the same clip
            from 0 to 255. Without `do_rescale` all values stay as they were given.
        do_normalize (`bool`, defaults to `True`), image_mean, image_std (`float` or `list[float]`):
            Per channel, on the scale after rescaling; ImageNet's by default.
        do_pad (`bool`, *optional*), pad_size (`dict[str, int]`, *optional*):
            Zeros to the right and below, to this `height` and `width`, or to the largest clip of the batch.
        data_format, input_data_format (`str`, *optional*):
            `"channels_first"` or `"channels_last"`: of the result (first, which the model wants, if left out) and of
            arrays that are given (told from their shape if left out).
        return_tensors (`str`, *optional*):
            `"pt"` or `"np"`; numpy if left out.
        device (`str` or `torch.device`, *optional*):
            Where the tensors of `return_tensors="pt"` go.
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

    def for_videos(self):
        """The [`MicronBertVideoProcessor`] with the same settings."""
        from .video_processing_micron_bert import MicronBertVideoProcessor

        return MicronBertVideoProcessor.from_dict(self.to_dict())

    def save_pretrained(self, save_directory, *args, **kwargs):
        """As every processor is saved; [`AutoVideoProcessor`] then finds the video processor in the same file."""
        self.video_processor_type = "MicronBertVideoProcessor"
        self.auto_map = {"AutoVideoProcessor": f"video_processing_micron_bert.{self.video_processor_type}"}
        return super().save_pretrained(save_directory, *args, **kwargs)

    def _preprocess_image_like_inputs(self, images, return_tensors=None, device=None, **kwargs) -> BatchFeature:
        """
        Args:
            images:
                One frame, a clip, or a batch of clips of equal length; see `to_array` for what a frame may be.

        Raises:
            ValueError: frames of one clip differ in size, clips differ in length, a frame cannot be read, or an
                argument does not apply.
        """
        for name in ("data_format", "input_data_format"):
            layout = kwargs.get(name)
            if layout is not None and str(getattr(layout, "value", layout)) not in LAYOUTS:
                raise ValueError(f"`{name}` must be one of {LAYOUTS}, got {layout!r}.")
        if kwargs.get("image_seq_length") is not None:
            raise ValueError("`image_seq_length` is for models that read text beside pictures; leave it out.")
        if device is not None and str(return_tensors) != "pt":
            raise ValueError("`device` needs `return_tensors='pt'`: only tensors of torch lie on a device.")
        clips = [self._clip(clip, **kwargs) for clip in to_clips(images)]
        lengths = sorted({len(clip) for clip in clips})
        if len(lengths) > 1:
            raise ValueError(f"All clips of a batch must have the same number of frames, got {lengths}.")
        if kwargs.get("do_pad"):
            padded = self.pad([clip.reshape(-1, *clip.shape[-2:]) for clip in clips], pad_size=kwargs.get("pad_size"))
            clips = [flat.reshape(*clip.shape[:2], *flat.shape[-2:]) for flat, clip in zip(padded, clips, strict=True)]
        if len({clip.shape for clip in clips}) > 1:
            sizes = sorted({(clip.shape[1], *clip.shape[-2:]) for clip in clips})
            raise ValueError(
                f"Clips of a batch must have one size, got {sizes} (channels, height, width); "
                "leave `do_resize` and `do_convert_rgb` on, or set `do_pad`."
            )
        pixel_values = np.stack(clips)
        if str(getattr(kwargs.get("data_format"), "value", kwargs.get("data_format"))) == "channels_last":
            pixel_values = np.ascontiguousarray(np.moveaxis(pixel_values, 2, -1))
        features = BatchFeature(data={"pixel_values": pixel_values}, tensor_type=return_tensors)
        return features if device is None else features.to(device)

    def _clip(self, frames: list, **kwargs) -> np.ndarray:
        """Frames of any kind to `(frames, channels, height, width)`, float32."""
        read = [to_array(frame, kwargs.get("input_data_format")) for frame in frames]
        frames, in_floats = [frame for frame, _ in read], {floats for _, floats in read}
        if len(in_floats) > 1:
            raise ValueError("A clip mixes frames of integers and of floats; give all of them in one type.")
        # dark frames do not tell 0…1 from 0…255, so that the clip as a whole decides
        white = 1 if in_floats == {True} and max(frame.max() for frame in frames) <= 1 else 255
        if kwargs["do_convert_rgb"]:
            frames = [with_three_channels(frame, white) for frame in frames]
        shapes = sorted({frame.shape for frame in frames})
        if len({shape[:2] for shape in shapes}) > 1:
            shown = ", ".join(f"{height}x{width}" for height, width, _ in shapes)
            raise ValueError(f"All frames of a clip must have the same size, got {shown} (height x width).")
        if len(shapes) > 1:
            raise ValueError("Frames of a clip differ in their number of channels; leave `do_convert_rgb` on.")
        height, width, channels = shapes[0]
        if kwargs["do_resize"]:
            target = _target(kwargs["size"], height, width)
            if target != (height, width):
                frames = [_resized(frame, *target, kwargs["resample"]) for frame in frames]
        if kwargs["do_center_crop"]:
            size = kwargs["crop_size"]
            frames = [
                center_crop(
                    frame, (size.height, size.width), data_format="channels_last", input_data_format="channels_last"
                )
                for frame in frames
            ]
        clip = np.stack(frames).astype(np.float32)  # (T, H, W, C)
        if kwargs["do_rescale"]:
            clip *= np.float32(kwargs["rescale_factor"] * (255 / white))
        if kwargs["do_normalize"]:
            mean, std = (_per_channel(name, kwargs[name], channels) for name in ("image_mean", "image_std"))
            clip = (clip - mean) / std
        return np.ascontiguousarray(clip.transpose(0, 3, 1, 2), dtype=np.float32)


MicronBertImageProcessor.register_for_auto_class("AutoImageProcessor")

__all__ = ["MicronBertImageProcessor"]
