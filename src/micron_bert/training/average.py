"""The running mean of a model's weights in training, which is often the better model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn
from transformers import TrainerCallback

FOLDER = "average"  # in a checkpoint and in the folder of a run, a model like that beside it
WEIGHTS = "model.safetensors"


class AverageWeights(TrainerCallback):
    """
    An exponential moving average of the weights that learn, one step of it after each step of the optimiser.

    The first steps weigh less than `decay` has it, so that the random weights of the beginning are soon forgotten: the
    decay is `(1 + step) / (10 + step)` at most.

    Args:
        decay (`float`):
            Share of the average that stays at each step, such as 0.999.
        checkpoint (`str` or `Path`, *optional*):
            The checkpoint that training goes on from.
    """

    def __init__(self, decay: float, checkpoint: str | Path | None = None):
        self.decay, self.checkpoint, self.average = decay, checkpoint, {}

    def on_train_begin(self, args, state, control, model=None, **kwargs):
        stored = load_file(Path(self.checkpoint, FOLDER, WEIGHTS)) if self.checkpoint else {}
        self.average = {
            name: _like(stored[name], weight) if stored else weight.detach().clone()
            for name, weight in _learning(model)
        }

    @torch.no_grad()
    def on_optimizer_step(self, args, state, control, model=None, **kwargs):
        step = state.global_step  # of those before this one
        update = get_ema_multi_avg_fn(min(self.decay, (1 + step) / (10 + step)))
        update(list(self.average.values()), [weight.detach() for _, weight in _learning(model)], None)

    @contextmanager
    def instead(self, model: nn.Module) -> Iterator[None]:
        """Puts the average in the place of the model's weights until the block ends."""
        self._swap(model)
        try:
            yield
        finally:
            self._swap(model)

    @torch.no_grad()
    def _swap(self, model: nn.Module) -> None:
        for module in model.modules():
            if isinstance(module, FSDPModule):
                module.reshard()  # a forward pass leaves the outermost weights together
        for name, weight in _learning(model):
            if name in self.average:  # before training there is none
                kept = weight.detach().clone()
                weight.copy_(self.average[name])
                self.average[name].copy_(kept)


def _learning(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, weight) for name, weight in model.named_parameters() if weight.requires_grad)


def _like(stored: torch.Tensor, weight: nn.Parameter) -> torch.Tensor:
    """A stored tensor where and as a weight is, also one that processes share out."""
    stored = stored.to(weight.device, weight.dtype)
    if isinstance(weight, DTensor):
        return distribute_tensor(stored, weight.device_mesh, weight.placements)
    return stored
