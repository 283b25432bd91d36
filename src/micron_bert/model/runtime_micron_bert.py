"""The torch runtime: a model behind the interface of recognition and spotting."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import numpy as np
import torch

from .recognizer_micron_bert import Comparison, CourseAnswer, check_numbers, joined
from .unit_reading_micron_bert import UnitScores, unit_thresholds

BATCHES = {"cpu": 32, "cuda": 128}  # frames, or clips of two, that go through the model in one call
AHEAD, TOGETHER = 16, 8  # frames of a film and films at a time, on a GPU


class TorchRuntime:
    """
    The [`Runtime`] of a torch model.

    Args:
        model ([`MicronBertForVideoClassification`]): on its device; put into evaluation mode.
        processor ([`MicronBertImageProcessor`]): that of the model.
        dtype (`torch.dtype`, *optional*):
            `torch.bfloat16` or `torch.float16`: of the matrix products. Pixels, displaced attention and the course
            head stay float32.
        refusal (`type[ValueError]`): what is raised where the model tells what is not a number.

    Attributes:
        captured (`Callable`, *optional*):
            Makes a call of the model, or replays it; see [`~micron_bert.recognition.captured_calls.CapturedCalls`].
    """

    def __init__(self, model, processor, dtype: torch.dtype | None = None, refusal: type[ValueError] = ValueError):
        self.model, self.processor = model.eval(), processor
        self.device, self.refusal = model.device, refusal
        self.dtype = None if dtype in (None, torch.float32) else dtype
        self.batch = BATCHES.get(self.device.type, BATCHES["cpu"])
        self.ahead, self.together = (AHEAD, TOGETHER) if self.device.type == "cuda" else (1, 1)
        self.captured: Callable | None = None
        self.course = None
        if model.course is not None:
            self.course = TorchCourse(model.course, model.config.course_calibration, refusal)

    @property
    def size(self) -> int:
        return self.model.config.image_size

    @property
    def grid(self) -> int:
        return self.model.config.grid_size

    @property
    def displaces(self) -> bool:
        return self.model.config.classifier != "pooled"

    @property
    def expressions(self) -> tuple[str, ...]:
        return tuple(self.model.config.course_labels)

    @property
    def labels(self) -> dict[int, str]:
        return self.model.config.id2label

    @property
    def multi_label(self) -> bool:
        return self.model.config.problem_type == "multi_label_classification"

    @property
    def action_units(self) -> tuple[str, ...]:
        return tuple(self.model.config.action_units)

    @property
    def action_unit_thresholds(self) -> tuple[float, ...]:
        return unit_thresholds(self.model.config)

    @torch.inference_mode()
    def encode(self, frames: Sequence[np.ndarray]) -> list:
        encoded = []
        for first in range(0, len(frames), self.batch):
            part = list(frames[first : first + self.batch])
            together = self._encoded(self.pixels(part))
            encoded += [together.select([number]) for number in range(len(part))]
        return encoded

    def _encoded(self, pixels: torch.Tensor):
        """Pixels `(1, frames, 3, S, S)` through the encoder."""
        with self._mixed():
            return self._replayed("encode", self.model.micron_bert.encode_frames, pixels)

    def pixels(self, frames: list[np.ndarray]) -> torch.Tensor:
        """Crops as `pixel_values`, on the model's device; a GPU gets bytes and normalises them itself."""
        wanted = self.processor
        plain = wanted.do_rescale and wanted.do_normalize and not wanted.do_center_crop and not wanted.do_pad
        ready = all(frame.dtype == np.uint8 and frame.shape == (self.size, self.size, 3) for frame in frames)
        if self.device.type != "cuda" or not (plain and ready):
            return self.processor(frames, return_tensors="pt").pixel_values.to(self.device)
        return self.normalised(to_device(torch.from_numpy(np.stack(frames)), self.device))

    def normalised(self, frames: torch.Tensor) -> torch.Tensor:
        """Crops `(frames, S, S, 3)`, uint8, as the processor makes `pixel_values` of them, where they lie."""
        mean, std = (
            torch.tensor(values, dtype=torch.float32, device=frames.device)
            for values in (self.processor.image_mean, self.processor.image_std)
        )
        return ((frames.float() * self.processor.rescale_factor - mean) / std).permute(0, 3, 1, 2)[None].contiguous()

    @torch.inference_mode()
    def compare(self, clips: Sequence[Sequence]) -> Comparison:
        batch = max(self.batch * 2 // len(clips[0]), 1)
        parts = [self._compared(clips[first : first + batch]) for first in range(0, len(clips), batch)]
        return parts[0] if len(parts) == 1 else joined(parts)

    def _compared(self, clips: Sequence[Sequence]) -> Comparison:
        kind = type(clips[0][0])
        encoded = kind.stack([kind.concatenate(list(clip)) for clip in clips])
        with self._mixed():
            output = self._replayed("compare", lambda frames: self.model(encoded_frames=frames), encoded)
        micro_map = as_numpy(output.micro_map)
        interest = as_numpy(output.interest).reshape(micro_map.shape)
        displacement = None if output.displacement is None else as_numpy(output.displacement)
        units = None
        if output.action_unit_logits is not None:
            said = (output.action_unit_logits, output.action_unit_sides, output.action_unit_intensity)
            units = UnitScores(*map(as_numpy, said))
        compared = Comparison(as_numpy(output.logits), micro_map, interest, displacement, units)
        check_numbers(compared, self.refusal)
        return compared

    def _mixed(self):
        """Autocast to the dtype that was asked for."""
        return nullcontext() if self.dtype is None else torch.autocast(self.device.type, self.dtype)

    def _replayed(self, name: str, function: Callable, content):
        return function(content) if self.captured is None else self.captured(name, function, content)


class TorchCourse:
    """
    The [`CourseRuntime`] of a torch head.

    Args:
        head ([`MicronBertCourseHead`]): in evaluation mode.
        calibration (`Sequence`, *optional*): see `course_calibration` of [`MicronBertConfig`].
        refusal (`type[ValueError]`): as for [`TorchRuntime`].
    """

    def __init__(self, head, calibration=None, refusal: type[ValueError] = ValueError):
        self.head, self.calibration, self.refusal = head, calibration, refusal
        self.back, self.ahead = head.back, head.ahead

    @torch.inference_mode()
    def read(self, position: np.ndarray, maps: np.ndarray, pair_logits: np.ndarray) -> CourseAnswer:
        device = next(self.head.parameters()).device
        steps = (to_device(torch.from_numpy(values)[None], device) for values in (position, maps, pair_logits))
        answer = CourseAnswer(*(as_numpy(values[0]) for values in self.head(*steps)))
        check_numbers(answer, self.refusal)
        return answer


def to_device(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A tensor of the processor on a device; a GPU fetches it itself, from memory that does not move."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def as_numpy(tensor: torch.Tensor) -> np.ndarray:
    """A tensor of any type and device as float32 numpy."""
    return tensor.detach().float().cpu().numpy()


__all__ = ["TorchCourse", "TorchRuntime"]
