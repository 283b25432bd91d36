"""The parts of a model that become ONNX graphs, so that a frame is encoded once and paired often."""

from copy import deepcopy
from typing import NamedTuple

import torch
from torch import nn

from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification
from micron_bert.model.outputs_micron_bert import MicronBertEncodedFrames
from micron_bert.onnx.record import UNIT_OUTPUTS

GRAPHS = ("encoder", "pair", "model", "course")


class Graph(NamedTuple):
    """
    A part of a model.

    Attributes:
        name (`str`): of its file, without `.onnx`.
        module (`nn.Module`): takes and gives tensors only, in the order of their names.
        inputs (`dict[str, tuple]`): axes of each input; a name is a length that may vary.
        outputs (`tuple[str, ...]`): names.
    """

    name: str
    module: nn.Module
    inputs: dict[str, tuple]
    outputs: tuple[str, ...]


class _Encoder(nn.Module):
    """Frames, one by one, to tokens and the keys of displaced micro-attention."""

    def __init__(self, model: MicronBertForVideoClassification):
        super().__init__()
        self.model = model.micron_bert

    def forward(self, pixel_values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(part[:, 0] for part in self.model.encode_frames(pixel_values[:, None]).to_tuple())


class _Head(nn.Module):
    """The part after the encoder, for clips of an onset and later frames."""

    def __init__(self, model: MicronBertForVideoClassification, outputs: tuple[str, ...]):
        super().__init__()
        self.model, self.outputs = model, outputs

    def _told(self, **given) -> tuple[torch.Tensor, ...]:
        output = self.model(**given)
        named = dict(output.items())
        named["interest"] = output.interest.reshape(output.micro_map.shape)
        return tuple(named[name] for name in self.outputs)


class _Pair(_Head):
    def forward(self, *encoded: torch.Tensor) -> tuple[torch.Tensor, ...]:
        grid = (self.model.config.grid_size,) * 2
        return self._told(encoded_frames=MicronBertEncodedFrames(*encoded), grid=grid)


class _Whole(_Head):
    def forward(self, pixel_values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self._told(pixel_values=pixel_values)


def graphs_of(model: MicronBertForVideoClassification) -> list[Graph]:
    """
    The graphs `encoder`, `pair`, `model` and, where there is a course head, `course`.

    Args:
        model ([`MicronBertForVideoClassification`]): left as it is.
    """
    model = deepcopy(model).cpu().float().eval()
    model.set_micro_attention_implementation("eager")  # ONNX knows none of our operators
    config = model.config
    grid, side = config.grid_size, config.image_size
    pixels = (config.num_channels, side, side)
    encoded = {"tokens": (grid**2 + 1, config.hidden_size)}
    if config.micro_attention == "displaced":
        encoded["keys"] = (3, grid**2, config.displaced_size)
    named = ("displacement",) if config.classifier != "pooled" else ()
    named += UNIT_OUTPUTS if config.action_units else ()
    graphs = [
        Graph("encoder", _Encoder(model), {"pixel_values": ("frames", *pixels)}, tuple(encoded)),
        Graph(
            "pair",
            _Pair(model, ("logits", "micro_map", "interest", *named)),
            {name: ("batch", "frames", *shape) for name, shape in encoded.items()},
            ("logits", "micro_map", "interest", *named),
        ),
        Graph(
            "model",
            _Whole(model, ("logits", "micro_map", *named)),
            {"pixel_values": ("batch", "frames", *pixels)},
            ("logits", "micro_map", *named),
        ),
    ]
    if model.course is not None:
        inputs = {
            "position": ("batch", "steps", 4, grid, grid),
            "maps": ("batch", "steps", 2, grid, grid),
            "pair_logits": ("batch", "steps", 3, len(config.course_labels) + 1),
        }
        graphs.append(Graph("course", model.course, inputs, ("kind", "logits", "apex", "ends")))
    return graphs
