"""The torch runtime: a model behind the interface of recognition and spotting."""

from collections.abc import Sequence

import numpy as np
import torch

from .recognizer_micron_bert import Comparison, CourseAnswer
from .unit_reading_micron_bert import UnitScores, unit_thresholds

ENCODING_BATCH = 32  # frames


class TorchRuntime:
    """
    The [`Runtime`] of a torch model.

    Args:
        model ([`MicronBertForVideoClassification`]): on its device; put into evaluation mode.
        processor ([`MicronBertImageProcessor`]): that of the model.
    """

    def __init__(self, model, processor):
        self.model, self.processor = model.eval(), processor

        self.course = None
        if model.course is not None:
            self.course = TorchCourse(model.course, model.config.course_calibration)

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
        for first in range(0, len(frames), ENCODING_BATCH):
            part = list(frames[first : first + ENCODING_BATCH])
            pixels = self.processor(part, return_tensors="pt").pixel_values.to(self.model.device)
            together = self.model.micron_bert.encode_frames(pixels)
            encoded += [together.select([number]) for number in range(len(part))]
        return encoded

    @torch.inference_mode()
    def compare(self, clips: Sequence[Sequence]) -> Comparison:
        kind = type(clips[0][0])
        output = self.model(encoded_frames=kind.stack([kind.concatenate(list(clip)) for clip in clips]))
        micro_map = as_numpy(output.micro_map)
        interest = as_numpy(output.interest).reshape(micro_map.shape)
        displacement = None if output.displacement is None else as_numpy(output.displacement)
        units = None
        if output.action_unit_logits is not None:
            said = (output.action_unit_logits, output.action_unit_sides, output.action_unit_intensity)
            units = UnitScores(*map(as_numpy, said))
        return Comparison(as_numpy(output.logits), micro_map, interest, displacement, units)


class TorchCourse:
    """
    The [`CourseRuntime`] of a torch head.

    Args:
        head ([`MicronBertCourseHead`]): in evaluation mode.
        calibration (`Sequence`, *optional*): see `course_calibration` of [`MicronBertConfig`].
    """

    def __init__(self, head, calibration=None):
        self.head, self.calibration = head, calibration
        self.back, self.ahead = head.back, head.ahead

    @torch.inference_mode()
    def read(self, position: np.ndarray, maps: np.ndarray, pair_logits: np.ndarray) -> CourseAnswer:
        device = next(self.head.parameters()).device
        steps = (torch.from_numpy(values)[None].to(device) for values in (position, maps, pair_logits))
        return CourseAnswer(*(as_numpy(told[0]) for told in self.head(*steps)))


def as_numpy(tensor: torch.Tensor) -> np.ndarray:
    """A tensor of any type and device as float32 numpy."""
    return tensor.detach().float().cpu().numpy()


__all__ = ["TorchCourse", "TorchRuntime"]
