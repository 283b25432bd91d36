"""The public function: checks its arguments and picks an implementation."""

from __future__ import annotations

import torch

from .chunked import ChunkedDiagonalMicroAttention
from .reference import diagonal_micro_attention_reference

try:
    from .autograd import FusedDiagonalMicroAttention, runs_fused
except ImportError as error:  # Triton is made for Linux only, and may be too old
    FusedDiagonalMicroAttention = runs_fused = None
    MISSING = str(error)

IMPLEMENTATIONS = ("triton", "chunked", "eager")
# Bytes of the full float32 map above which the map is computed in blocks of rows.
LARGEST_MAP = 64 * 2**20


def diagonal_micro_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    interest: torch.Tensor | None = None,
    scale: float | None = None,
    implementation: str | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Attend from each patch to all patches of the other frame and keep what it gives to the patch at its own place.

    `diagonal_i = exp(q_i·k_i·s − logsumexp_j(q_i·k_j·s))` and `context_i = diagonal_i · interest_i · v_i`
    (μ-BERT, arXiv 2304.03195, sections 3.5 and 3.6). Differentiable once, through both outputs.

    Args:
        query, key, value (`torch.Tensor` of shape `(batch, heads, patches, head_dim)`):
            Projected patch tokens, all of one shape, dtype and device; any strides.
        interest (`torch.Tensor` of shape `(batch, patches)`, or one that broadcasts to `(batch, heads, patches)`,
            *optional*): patch-of-interest scores; 1 for every patch when left out.
        scale (`float`, *optional*, defaults to `head_dim ** -0.5`):
            Factor on the scores before the softmax.
        implementation (`str`, *optional*):
            `"triton"` (fused, memory linear in `patches`), `"chunked"` (blocks of rows in PyTorch, linear too) or
            `"eager"` (the full map). By default `"triton"` on an NVIDIA GPU of compute capability 8.0 or newer,
            elsewhere `"eager"` while the map in float32 fits `LARGEST_MAP` bytes and `"chunked"` above.

    Returns:
        `tuple[torch.Tensor, torch.Tensor]`: context `(batch, heads, patches, head_dim)` and diagonal
        `(batch, heads, patches)`, both in the dtype of `query`.

    Raises:
        ValueError: shapes, dtypes or devices do not match, or the implementation cannot take these inputs.
    """
    _check(query, key, value, interest)
    scale = query.shape[-1] ** -0.5 if scale is None else float(scale)
    if implementation is None:
        implementation = _best_implementation(query)
    if implementation == "eager":
        return diagonal_micro_attention_reference(query, key, value, interest, scale)
    if interest is not None:
        interest = (interest[:, None] if interest.dim() == 2 else interest).expand(query.shape[:3])
    if implementation == "chunked":
        return ChunkedDiagonalMicroAttention.apply(query, key, value, interest, scale)
    if implementation == "triton":
        if FusedDiagonalMicroAttention is None:
            raise ValueError(
                f"`implementation='triton'` needs Triton, which cannot be imported here ({MISSING}); "
                "install it or use `implementation='chunked'`."
            )
        if not runs_fused(query):
            raise ValueError(
                "`implementation='triton'` needs float32, float16 or bfloat16 tensors with a head dimension of at "
                f"most 512 on an NVIDIA GPU of compute capability 8.0 or newer, got {query.dtype} tensors with a head "
                f"dimension of {query.shape[-1]} on `{query.device}`; use `implementation='chunked'`."
            )
        return FusedDiagonalMicroAttention.apply(query, key, value, interest, scale)
    raise ValueError(f"`implementation` must be one of {IMPLEMENTATIONS} or None, got `{implementation!r}`.")


def _best_implementation(query: torch.Tensor) -> str:
    if query.is_cuda and runs_fused is not None and runs_fused(query):
        return "triton"
    batch, heads, patches, _ = query.shape
    return "eager" if 4 * batch * heads * patches**2 <= LARGEST_MAP else "chunked"


def _check(query, key, value, interest) -> None:
    if query.dim() != 4 or 0 in query.shape[2:]:
        raise ValueError(
            "`query` must have the shape (batch, heads, patches, head_dim) with at least one patch, "
            f"got {tuple(query.shape)}."
        )
    for name, tensor in (("key", key), ("value", value)):
        if tensor.shape != query.shape:
            raise ValueError(
                f"`{name}` must have the shape of `query` since only the diagonal of the map is kept (as many patches "
                f"in both frames), got {tuple(tensor.shape)} and {tuple(query.shape)}."
            )
        if tensor.dtype != query.dtype or tensor.device != query.device:
            raise ValueError(
                f"`{name}` must have the dtype and device of `query`, got {tensor.dtype} on `{tensor.device}` and "
                f"{query.dtype} on `{query.device}`."
            )
    if not query.dtype.is_floating_point:
        raise ValueError(f"`query` must be a floating point tensor, got {query.dtype}.")
    if interest is not None:
        batch, heads, patches, _ = query.shape
        full = (batch, heads, patches)
        fits = interest.dim() == 3 and all(a in (1, b) for a, b in zip(interest.shape, full))
        if not (fits or interest.shape == (batch, patches)):
            raise ValueError(
                f"`interest` must have the shape {(batch, patches)} or one that broadcasts to {full}, "
                f"got {tuple(interest.shape)}."
            )
        if interest.device != query.device or not interest.dtype.is_floating_point:
            raise ValueError(
                f"`interest` must be a floating point tensor on `{query.device}`, got {interest.dtype} on "
                f"`{interest.device}`."
            )
