"""The fused kernels as a `torch.autograd.Function`, which TorchDynamo can trace through."""

from __future__ import annotations

from contextlib import nullcontext

import torch
import triton

from .backward import fused_backward
from .forward import forward_kernel, fused_forward
from .once import once_differentiable
from .settings import DTYPES, LARGEST_HEAD

# TRITON_INTERPRET=1 was set when Triton was imported: the kernels run on CPU tensors, slowly
INTERPRETED = not isinstance(forward_kernel, triton.JITFunction)


def runs_fused(query: torch.Tensor) -> bool:
    """Whether the fused kernels take tensors of this dtype, head dimension and device."""
    if query.dtype not in DTYPES or query.shape[-1] > LARGEST_HEAD:
        return False
    if not query.is_cuda:
        return INTERPRETED
    return torch.version.hip is None and torch.cuda.get_device_properties(query.device).major >= 8


def on_device(device: torch.device):
    """Triton launches on the current GPU, which need not be the tensors'; compiled code sees to it by itself."""
    if device.type != "cuda" or torch.compiler.is_compiling():
        return nullcontext()
    return torch.cuda.device(device)


class FusedDiagonalMicroAttention(torch.autograd.Function):
    """
    `apply(query, key, value, interest, scale)` -> (context, diagonal).

    Shapes:
        query, key, value: `(batch, heads, patches, head_dim)`; interest: `(batch, heads, patches)` or `None`.
    """

    @staticmethod
    def forward(
        ctx,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        interest: torch.Tensor | None,
        scale: float,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        interest = None if interest is None else interest.contiguous()
        with on_device(query.device):
            context, diagonal, probability, log_total = fused_forward(query, key, value, interest, scale)
        ctx.save_for_backward(query, key, value, interest, probability, log_total)
        ctx.scale = scale
        return context, diagonal

    @staticmethod
    @once_differentiable
    def backward(ctx, saved, context_gradient: torch.Tensor, diagonal_gradient: torch.Tensor):
        with on_device(context_gradient.device):
            gradients = fused_backward(
                *saved, context_gradient, diagonal_gradient.contiguous(), ctx.scale, ctx.needs_input_grad
            )
        return *gradients, None
