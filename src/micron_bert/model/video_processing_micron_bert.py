"""Videos to `pixel_values`: the onset and the apex of the strongest movement, without torchvision and torchcodec."""

from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub.dataclasses import validate_typed_dict
from transformers.image_processing_utils import BatchFeature
from transformers.processing_utils import VideosKwargs
from transformers.video_processing_utils import VideoProcessorMixin
from transformers.video_utils import VideoMetadata

from .clip_micron_bert import FaceCrops
from .frames_micron_bert import FPS, is_picture, is_url, on_disk
from .image_processing_micron_bert import MicronBertImageProcessor
from .moment_micron_bert import find_moment
from .picture_micron_bert import to_array, to_clips
from .pixel_movement_micron_bert import movement_of_pixels

SAMPLED_FRAMES = 2  # onset and apex
ADVICE = "cut it, or use the pipeline `micro-expression-recognition` with `start` and `end`"


class MicronBertVideosKwargs(VideosKwargs, total=False):
    """
    Args:
        aligned (`bool`, *optional*):
            Whether the frames of video files are aligned crops of a face. If left out: where they have exactly the
            processor's size.
        pad_size (`dict[str, int]`, *optional*):
            `height` and `width` in pixels for `do_pad`.
    """

    aligned: bool | None
    pad_size: int | dict[str, int] | None


class MicronBertVideoProcessor(VideoProcessorMixin, MicronBertImageProcessor):
    """
    Videos to normalised `pixel_values` of shape `(batch, frames, 3, height, width)`.

    A micro-expression fills some tenths of a second, so frames at even distances miss it. Of a video whose frames are
    sampled, the processor takes the onset and the apex of the strongest movement within half a second, or as many
    frames as are asked for from the one to the other. It looks at the pixels; the pipeline
    `micro-expression-recognition` asks the model, which separates movement from noise, light and blinks better.

    In video files a face is found, aligned and registered, which needs the package `micron_bert`. Frames in memory
    are taken as aligned crops. [`AutoVideoProcessor`] finds this class; the name that `transformers` exports
    needs torchvision, the one in `transformers.models.auto.video_processing_auto` does not.

    Args:
        do_sample_frames (`bool`, *optional*):
            Whether to sample. Without it all frames are taken, as by every video processor; the pipeline
            `video-classification` sets it.
        num_frames (`int`, defaults to 2):
            How many frames to sample, 2 or more: the onset, the apex, and the course between them.
        fps (`float`, *optional*):
            Sample at this rate from the first frame to the last instead.
        video_metadata (`list[dict]`, *optional*):
            For frames in memory: the `fps` at which they were recorded; 30 if left out.
        return_metadata (`bool`, *optional*):
            Whether `video_metadata` tells which frames were sampled.
        aligned (`bool`, *optional*):
            See [`MicronBertVideosKwargs`].
        kwargs:
            As for [`MicronBertImageProcessor`].
    """

    model_input_names = ["pixel_values"]
    valid_kwargs = MicronBertVideosKwargs
    num_frames = SAMPLED_FRAMES

    def preprocess(self, videos, **kwargs) -> BatchFeature:
        """
        Args:
            videos (`str`, `Path`, a clip, or a list of these):
                Path or URL of a video or a folder of frames; or frames in memory, as for [`MicronBertImageProcessor`].

        Returns:
            `BatchFeature`: `pixel_values` of shape `(videos, frames, 3, height, width)`, normalised, and with
            `return_metadata` also `video_metadata`, which tells the frames that were taken.

        Raises:
            ValueError: a video cannot be read, is too short or too long, or shows no face, or an argument does not
                apply.
        """
        rate_alone = kwargs.get("fps") is not None and kwargs.get("num_frames") is None
        validate_typed_dict(self.valid_kwargs, kwargs)
        for name in self.valid_kwargs.__annotations__:
            kwargs.setdefault(name, getattr(self, name, None))
        sampling = {"fps": kwargs.pop("fps"), "num_frames": kwargs.pop("num_frames")}
        if rate_alone:
            sampling["num_frames"] = None  # the one that was asked for, not the default beside it
        if not kwargs.pop("do_sample_frames"):
            sampling = None
        aligned, asked = kwargs.pop("aligned"), kwargs.pop("return_metadata")
        kwargs = self._standardize_kwargs(**kwargs)
        self._validate_preprocess_kwargs(**kwargs)
        sources = _sources(videos)
        given = _flat(kwargs.pop("video_metadata"), len(sources))
        read = [
            self._of_file(source, sampling, aligned, kwargs)
            if isinstance(source, str | Path)
            else self._of_frames(source, sampling, metadata, kwargs)
            for source, metadata in zip(sources, given, strict=True)
        ]
        layout = kwargs.pop("input_data_format")
        kinds = {isinstance(source, str | Path) for source in sources}
        kwargs["input_data_format"] = None if kinds == {True} else layout  # files have a layout of their own
        features = self._preprocess_image_like_inputs([frames for frames, _ in read], **kwargs)
        if asked:
            features["video_metadata"] = [metadata for _, metadata in read]
        return features

    def _of_file(self, source, sampling: dict | None, aligned: bool | None, kwargs: dict) -> tuple[Any, VideoMetadata]:
        size = kwargs["size"]
        if not size.height or size.height != size.width:
            raise ValueError("Faces in video files are cut out as squares: give `size` an equal `height` and `width`.")
        with on_disk(source) as path:
            clip = FaceCrops(path, size.height, kwargs["resample"], aligned, advice=ADVICE)
            rate = (len(clip.times) - 1) / (clip.times[-1] - clip.times[0]) if len(clip.times) > 1 else None
            metadata = VideoMetadata(
                total_num_frames=len(clip.frames), fps=rate, width=size.width, height=size.height,
                video_backend="pyav", frames_indices=clip.numbers.tolist(),
            )  # fmt: skip
            frames = clip.frames
            if sampling is not None:
                positions = self.sample_frames(metadata, **sampling, frames=frames, times=clip.times)
                frames = clip.pair(*positions) if len(positions) == 2 else frames[positions]
                metadata.frames_indices = clip.numbers[positions].tolist()
        return list(frames), metadata

    def _of_frames(
        self, frames: list, sampling: dict | None, metadata: VideoMetadata | None, kwargs: dict
    ) -> tuple[Any, VideoMetadata]:
        metadata = metadata or VideoMetadata(total_num_frames=len(frames))
        metadata.frames_indices = list(range(len(frames)))
        if sampling is not None:
            crops = None
            if sampling["fps"] is None:
                crops = [to_array(frame, kwargs["input_data_format"])[0] for frame in frames]
            positions = self.sample_frames(metadata, **sampling, frames=crops)
            frames, metadata.frames_indices = [frames[position] for position in positions], list(positions)
        return frames, metadata

    def sample_frames(
        self,
        metadata: VideoMetadata,
        num_frames: int | None = None,
        fps: float | None = None,
        frames=None,
        times: np.ndarray | None = None,
        **kwargs,
    ) -> list[int]:
        """
        Positions of the frames to take.

        Args:
            metadata (`VideoMetadata`):
                Number of frames, and frames per second.
            num_frames (`int`, *optional*):
                How many; the processor's own if left out, as `fps` is.
            fps (`float`, *optional*):
                Frames per second to take, instead of a number.
            frames (sequence of `np.ndarray` of shape `(H, W, C)`, *optional*):
                Aligned crops, in which the strongest movement is looked for. Without them, frames at even distances.
            times (`np.ndarray` of shape `(T,)`, *optional*):
                Seconds of the frames; by the rate if left out.

        Returns:
            `list[int]`: positions from 0, in order; the first is the onset, and of two the other the apex.

        Raises:
            ValueError: both or impossible numbers are asked for, or there are fewer frames.
        """
        if num_frames is not None and fps is not None:
            raise ValueError("`num_frames` and `fps` exclude each other; give one of them.")
        total = metadata.total_num_frames
        if fps is not None:
            if metadata.fps is None:
                raise ValueError("Sampling by `fps` needs `video_metadata` with the `fps` of the frames.")
            if not 0 < fps <= metadata.fps * (1 + 1e-6):
                raise ValueError(f"`fps` must lie above 0 and not above the video's own {metadata.fps:g}, got {fps}.")
            times = np.arange(total) / metadata.fps if times is None else times - times[0]
            wanted = np.arange(0, times[-1] + 1 / metadata.fps - 1e-6, 1 / fps)
            return np.unique(np.abs(times[:, None] - wanted).argmin(axis=0)).tolist()
        num_frames = self.num_frames if num_frames is None else num_frames
        if not 2 <= num_frames <= total:
            raise ValueError(
                f"`num_frames` must lie between 2, onset and apex, and the video's {total} frames, got {num_frames}."
            )
        first, last = 0, total - 1
        if frames is not None and total > num_frames:
            times = np.arange(total) / (metadata.fps or FPS) if times is None else times
            moment = find_moment(times, movement_of_pixels(frames))
            first, last = moment.onset, max(moment.apex, moment.onset + num_frames - 1)
            first, last = first - max(0, last - total + 1), min(last, total - 1)
        return np.linspace(first, last, num_frames).round().astype(int).tolist()


def _sources(videos) -> list:
    """One source each: the path of a video or a list of frames."""
    if isinstance(videos, str | Path) and not is_picture(videos):
        return [videos]
    if isinstance(videos, list | tuple) and videos:
        if all(isinstance(item, str | Path) and (is_url(item) or not is_picture(item)) for item in videos):
            return list(videos)
        videos = [list(item) if isinstance(item, tuple) else item for item in videos]
    return to_clips(videos)


def _flat(metadata, count: int) -> list[VideoMetadata | None]:
    """What the caller knows of each video; nested and plain forms, as Transformers takes them."""
    if metadata is None:
        return [None] * count
    if not isinstance(metadata, list | tuple):
        metadata = [metadata]
    metadata = [entry for part in metadata for entry in (part if isinstance(part, list | tuple) else [part])]
    if len(metadata) != count:
        raise ValueError(f"`video_metadata` must have one entry per video, got {len(metadata)} for {count} videos.")
    return [VideoMetadata(**dict(entry)) for entry in metadata]


MicronBertVideoProcessor.register_for_auto_class("AutoVideoProcessor")

__all__ = ["MicronBertVideoProcessor", "MicronBertVideosKwargs"]
