"""The definition of diagonal micro-attention in plain PyTorch: what every other implementation has to reproduce."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def without_autocast(device_type: str) -> AbstractContextManager:
    """Where autocast is on, off: it would round the scores to half precision before the softmax."""
    # the meta device has none; `is_autocast_available` would say so, which PyTorch 2.8 cannot compile
    if device_type != "meta" and torch.is_autocast_enabled(device_type):
        return torch.autocast(device_type, enabled=False)
    return nullcontext()


def diagonal_micro_attention_reference(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    interest: torch.Tensor | None = None,
    scale: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Build the whole attention map in float32 (float64 for float64 inputs) and keep its diagonal (μ-BERT, section 3.5).

    Args:
        query, key, value (`torch.Tensor` of shape `(batch, heads, patches, head_dim)`):
            Projected patch tokens of the two frames.
        interest (`torch.Tensor` of shape `(batch, patches)` or `(batch, heads, patches)`, *optional*):
            Patch-of-interest scores which gate the context.
        scale (`float`, *optional*, defaults to `head_dim ** -0.5`):
            Factor on the scores before the softmax.

    Returns:
        `tuple[torch.Tensor, torch.Tensor]`: context `(batch, heads, patches, head_dim)` and diagonal
        `(batch, heads, patches)`, both in the dtype of `query`.
    """
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    precise = torch.float64 if query.dtype == torch.float64 else torch.float32
    with without_autocast(query.device.type):
        scores = query.to(precise) @ key.to(precise).transpose(-1, -2) * scale  # (B, A, N, N)
        diagonal = (scores.diagonal(dim1=-2, dim2=-1) - scores.logsumexp(-1)).exp()  # (B, A, N)
        if interest is None:
            weight = diagonal
        else:
            weight = diagonal * (interest[:, None] if interest.dim() == 2 else interest).to(precise)
        context = weight[..., None] * value.to(precise)
    return context.to(query.dtype), diagonal.to(query.dtype)
