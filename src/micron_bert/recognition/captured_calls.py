"""A stream's calls of a model as CUDA graphs: kernels are recorded once, and launched together for every frame."""

import warnings
from collections.abc import Callable
from typing import Any

import torch

from micron_bert.errors import InputError

MOST = 8  # recordings that are kept; a stream needs one for a frame and one for each number of its pairs
WARM_UP = 3  # calls before a recording, in which libraries choose their algorithms


class CapturedCalls:
    """
    Records a function's work on the GPU at its first call with tensors of certain shapes, and replays it after that.

    A call that cannot be recorded is made as usual, with one warning. For streams: one frame at a time is too little
    work to hide the launches of its kernels.

    Args:
        device (`torch.device`): a CUDA GPU.

    Raises:
        [`InputError`]: the device is none.
    """

    def __init__(self, device: torch.device):
        if device.type != "cuda":
            raise InputError(f"CUDA graphs need a CUDA GPU, not `{device}`; leave the option out.")
        self.device = device
        self.recordings: dict[tuple, _Recording | None] = {}

    def __call__(self, name: str, function: Callable, content: Any) -> Any:
        """
        Args:
            name (`str`): of the function.
            function (`Callable`): of one tensor or one output of a model, giving another such.
            content: what it takes.
        """
        tensors = _tensors_of(content)
        key = (name, *((tuple(tensor.shape), tensor.dtype) for tensor in tensors))
        if key not in self.recordings:
            if len(self.recordings) >= MOST:
                return function(content)
            self.recordings[key] = self._record(name, function, content)
        recording = self.recordings[key]
        return function(content) if recording is None else recording.replay(tensors)

    def _record(self, name: str, function: Callable, content: Any) -> "_Recording | None":
        try:
            return _Recording(function, content, self.device)
        except (RuntimeError, NotImplementedError) as error:
            reason = str(error).splitlines()[0]
            warnings.warn(f"`{name}` runs without a CUDA graph, which could not be recorded: {reason}", stacklevel=3)
            return None


class _Recording:
    """One function's kernels for tensors of certain shapes."""

    def __init__(self, function: Callable, content: Any, device: torch.device):
        self.content = _copied(content)
        stream, current = torch.cuda.Stream(device), torch.cuda.current_stream(device)
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                function(self.content)
        current.wait_stream(stream)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.result = function(self.content)

    def replay(self, tensors: list[torch.Tensor]) -> Any:
        for kept, given in zip(_tensors_of(self.content), tensors, strict=True):
            kept.copy_(given)
        self.graph.replay()
        return _copied(self.result)  # the next replay writes over it


def _tensors_of(content: Any) -> list[torch.Tensor]:
    return [content] if isinstance(content, torch.Tensor) else list(content.to_tuple())


def _copied(content: Any) -> Any:
    if isinstance(content, torch.Tensor):
        return content.clone()
    return type(content)(**{name: value.clone() for name, value in content.items() if value is not None})
