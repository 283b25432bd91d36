"""Agreement of a graph with torch, on clips in which something moves."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from micron_bert.errors import InputError
from micron_bert.onnx.graphs import Graph
from micron_bert.onnx.session import open_session

# numbers of clips and frames (steps of a course) to compare
SHAPES = ((1, 16), (3, 5), (7, 2))
# largest difference from torch, by the precision of the weights; relative for outputs without a bound
TOLERANCES = {
    "": {"logits": 1e-4, "kind": 1e-4, "apex": 1e-4, "micro_map": 1e-3},
    "_fp16": {"logits": 0.03, "kind": 0.03, "apex": 0.03, "micro_map": 0.01},
}
OTHERWISE = {"": 1e-3, "_fp16": 0.02}


def moving_pictures(clips: int, frames: int, side: int, channels: int, seed: int = 0) -> torch.Tensor:
    """
    Clips `(clips, frames, channels, side, side)`, normalised, of a smooth texture that wanders by fractions of a pixel
    a frame, each clip by a texture and a way of its own.
    """
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(clips, channels, side // 4, side // 4, generator=generator)
    texture = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic", align_corners=False)
    steps = torch.randn(clips, frames, 2, generator=generator).cumsum(dim=1) * (0.6 / side)
    here = torch.eye(2, 3).expand(clips * frames, 2, 3).clone()
    here[:, :, 2] = steps.flatten(0, 1)
    points = torch.nn.functional.affine_grid(here, (clips * frames, channels, side, side), align_corners=False)
    each = texture[:, None].expand(-1, frames, -1, -1, -1).flatten(0, 1)
    shown = torch.nn.functional.grid_sample(each, points, padding_mode="reflection", align_corners=False)
    return shown.unflatten(0, (clips, frames))


def check_inputs(graphs: list[Graph], shape: tuple[int, int]) -> Iterator[tuple[Graph, dict[str, torch.Tensor]]]:
    """Inputs of each graph: pictures, what the encoder makes of them, and a course that wanders."""
    clips, frames = shape
    by_name = {graph.name: graph for graph in graphs}
    channels, side, _ = by_name["encoder"].inputs["pixel_values"][1:]
    pixels = moving_pictures(clips, frames, side, channels)
    for graph in graphs:
        if graph.name == "encoder":
            yield graph, {"pixel_values": pixels.flatten(0, 1)}
        elif graph.name == "model":
            yield graph, {"pixel_values": pixels}
        elif graph.name == "pair":
            parts = by_name["encoder"].module(pixels.flatten(0, 1))
            yield (
                graph,
                {n: part.unflatten(0, (clips, frames)) for n, part in zip(graph.inputs, parts, strict=True)},
            )
        else:
            generator = torch.Generator().manual_seed(0)
            shapes = {name: (clips, frames, *axes[2:]) for name, axes in graph.inputs.items()}
            yield graph, {name: torch.randn(axes, generator=generator).cumsum(1) for name, axes in shapes.items()}


@torch.inference_mode()
def differences(graphs: list[Graph], folder: Path, precision: str) -> dict[str, float]:
    """
    The largest difference of any output of each graph.

    Args:
        graphs (`list[Graph]`): what torch computes.
        folder (`Path`): where their files lie.
        precision (`str`): end of the files' names, of [`PRECISIONS`].

    Raises:
        [`InputError`]: an output differs by more than its tolerance, or is no number.
    """
    largest = {}
    sessions = {graph.name: open_session(folder / f"{graph.name}{precision}.onnx") for graph in graphs}
    for shape in SHAPES:
        for graph, given in check_inputs(graphs, shape):
            session = sessions[graph.name]
            results = session.run(list(graph.outputs), {name: value.numpy() for name, value in given.items()})
            for name, ours, theirs in zip(graph.outputs, results, graph.module(*given.values()), strict=True):
                theirs = theirs.numpy()
                tolerance = TOLERANCES[precision].get(name)
                scale = max(float(np.abs(theirs).max()), 1.0) if tolerance is None else 1.0
                tolerance = OTHERWISE[precision] if tolerance is None else tolerance
                difference = float(np.abs(ours - theirs).max()) / scale if ours.shape == theirs.shape else np.inf
                if not difference <= tolerance:  # NaN counts as a difference
                    raise InputError(
                        f"The graph `{graph.name}{precision}.onnx` differs from torch by {difference:.2g} in `{name}` "
                        f"(at most {tolerance:g}), so it is not written; try other versions of `onnx`, `onnxscript` "
                        "and `onnxruntime`."
                    )
                largest[graph.name] = max(largest.get(graph.name, 0.0), difference)
    return largest
