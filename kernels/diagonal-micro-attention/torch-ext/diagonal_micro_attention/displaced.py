"""Displaced micro-attention as a public function: checks its arguments and picks an implementation."""

from __future__ import annotations

import torch

from .displaced_reference import SIDES, displaced_micro_attention_reference

try:
    from .displaced_autograd import FusedDisplacedMicroAttention, runs_displaced
except ImportError as error:  # Triton is made for Linux only, and may be too old
    FusedDisplacedMicroAttention = runs_displaced = None
    MISSING = str(error)

DISPLACED_IMPLEMENTATIONS = ("triton", "eager")


def displaced_micro_attention(
    keys: torch.Tensor,
    queries: torch.Tensor,
    sharpness: torch.Tensor,
    staying: torch.Tensor,
    prior: torch.Tensor,
    support: torch.Tensor,
    grid: tuple[int, int],
    implementation: str | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Attend from each later patch to its own place in the onset, displaced by any small amount; see
    [`displaced_micro_attention_reference`] for the formula and the shapes.

    Args:
        implementation (`str`, *optional*):
            `"triton"` (fused, float32, differentiable once) or `"eager"`; by default `"triton"` on an NVIDIA GPU of
            compute capability 8.0 or newer and `"eager"` elsewhere.

    Raises:
        ValueError: shapes do not fit, or the implementation cannot take these inputs.
    """
    _check(keys, queries, sharpness, staying, prior, support, grid)
    inputs = (keys, queries, sharpness, staying, prior, support)
    if implementation is None:
        implementation = "triton" if keys.is_cuda and runs_displaced is not None and runs_displaced(keys) else "eager"
    if implementation == "eager":
        return displaced_micro_attention_reference(*inputs, grid)
    if implementation != "triton":
        raise ValueError(
            f"`implementation` must be one of {DISPLACED_IMPLEMENTATIONS} or None, got `{implementation!r}`."
        )
    if FusedDisplacedMicroAttention is None:
        raise ValueError(
            f"`implementation='triton'` needs Triton, which cannot be imported here ({MISSING}); install it or use "
            "`implementation='eager'`."
        )
    if not runs_displaced(keys):
        raise ValueError(
            "`implementation='triton'` needs float32 tensors on an NVIDIA GPU of compute capability 8.0 or newer, got "
            f"{keys.dtype} on `{keys.device}`; use `implementation='eager'`."
        )
    return FusedDisplacedMicroAttention.apply(*inputs, grid)


def _check(keys, queries, sharpness, staying, prior, support, grid) -> None:
    if queries.dim() != 5 or queries.shape[2] != 3 or 0 in queries.shape:
        raise ValueError(
            f"`queries` must have the shape (batch, pairs, 3, patches, width), got {tuple(queries.shape)}."
        )
    batch, _, _, patches, width = queries.shape
    heads = prior.shape[0] if prior.dim() == 1 else 0
    if grid[0] * grid[1] != patches:
        raise ValueError(f"`grid` is {grid}, but there are {patches} patches.")
    if heads == 0 or width % heads:
        raise ValueError(
            f"`prior` must have the shape (heads,) with heads that divide {width}, got {tuple(prior.shape)}."
        )
    expected = {
        "keys": (keys, (batch, 3, patches, width)),
        "sharpness": (sharpness, (batch, patches, heads)),
        "staying": (staying, (batch, patches, heads)),
        "support": (support, (len(SIDES), heads)),
    }
    for name, (tensor, shape) in expected.items():
        if tuple(tensor.shape) != shape:
            raise ValueError(f"`{name}` must have the shape {shape}, got {tuple(tensor.shape)}.")
    for name, tensor in {**{name: pair[0] for name, pair in expected.items()}, "prior": prior}.items():
        if tensor.dtype != queries.dtype or tensor.device != queries.device:
            raise ValueError(
                f"`{name}` must have the dtype and device of `queries`, got {tensor.dtype} on `{tensor.device}` and "
                f"{queries.dtype} on `{queries.device}`."
            )
