"""The fused kernels of displaced micro-attention as a `torch.autograd.Function`."""

from __future__ import annotations

import torch

from .autograd import INTERPRETED, on_device
from .displaced_backward import displaced_backward
from .displaced_forward import displaced_forward
from .once import once_differentiable


def runs_displaced(keys: torch.Tensor) -> bool:
    """Whether the fused kernels take tensors of this dtype and device."""
    if keys.dtype != torch.float32:
        return False
    if not keys.is_cuda:
        return INTERPRETED
    return torch.version.hip is None and torch.cuda.get_device_properties(keys.device).major >= 8


class FusedDisplacedMicroAttention(torch.autograd.Function):
    """`apply(keys, queries, sharpness, staying, prior, support, grid)` -> (features, diagonal), all float32."""

    @staticmethod
    def forward(ctx, keys, queries, sharpness, staying, prior, support, grid):
        inputs = [tensor.contiguous() for tensor in (keys, queries, sharpness, staying, prior, support)]
        with on_device(keys.device):
            features, diagonal, products = displaced_forward(*inputs, grid)
        ctx.save_for_backward(*inputs, products)
        ctx.grid = grid
        return features, diagonal

    @staticmethod
    @once_differentiable
    def backward(ctx, saved, features_gradient, diagonal_gradient):
        with on_device(features_gradient.device):
            gradients = displaced_backward(
                *saved, ctx.grid, features_gradient.contiguous(), diagonal_gradient.contiguous()
            )
        return *gradients, None
