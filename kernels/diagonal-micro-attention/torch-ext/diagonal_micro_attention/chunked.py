"""Diagonal micro-attention by blocks of rows: memory linear in the number of patches on any device, no Triton."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from .once import once_differentiable
from .reference import without_autocast

# Scores held at a time. On a CPU a block should stay in the last-level cache, on a GPU it should fill the device.
BLOCK_SCORES = {"cpu": 2**20, "other": 2**26}


def _blocks(maps: int, patches: int, device_type: str) -> Iterator[tuple[slice, slice]]:
    """Cut `maps` maps of `patches` rows into (maps, rows) blocks of about `BLOCK_SCORES` scores."""
    budget = BLOCK_SCORES.get(device_type, BLOCK_SCORES["other"])
    maps_at_once = max(1, min(maps, budget // patches**2))
    rows_at_once = patches if maps_at_once > 1 else max(1, min(patches, budget // patches))
    for first_map in range(0, maps, maps_at_once):
        for first_row in range(0, patches, rows_at_once):
            yield slice(first_map, first_map + maps_at_once), slice(first_row, first_row + rows_at_once)


def _precise(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor as `(batch * heads, patches, head_dim)` in float32, or in float64 if it came so."""
    return tensor.to(torch.float64 if tensor.dtype == torch.float64 else torch.float32).flatten(0, 1)


class ChunkedDiagonalMicroAttention(torch.autograd.Function):
    """
    `apply(query, key, value, interest, scale)` -> (context, diagonal); the map is computed again for the gradients.

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
        with without_autocast(query.device.type):
            q, k = _precise(query), _precise(key)
            log_total = q.new_empty(q.shape[:2])  # (B * A, N)
            for maps, rows in _blocks(q.shape[0], q.shape[1], q.device.type):
                scores = torch.bmm(q[maps, rows], k[maps].transpose(1, 2)).mul_(scale)
                log_total[maps, rows] = scores.logsumexp(-1)
            log_total = log_total.unflatten(0, query.shape[:2])
            own_score = torch.linalg.vecdot(q, k).unflatten(0, query.shape[:2]) * scale
            diagonal = (own_score - log_total).clamp_(max=0).exp_()
            weight = diagonal if interest is None else diagonal * interest
            context = weight[..., None] * value
        ctx.save_for_backward(query, key, value, interest, diagonal, log_total)
        ctx.scale = scale
        # `clone` where the cast is none: a saved tensor must not be an output that the caller may change in place
        return context.to(query.dtype), diagonal.to(query.dtype, copy=True)

    @staticmethod
    @once_differentiable
    def backward(ctx, saved, context_gradient: torch.Tensor, diagonal_gradient: torch.Tensor):
        query, key, value, interest, diagonal, log_total = saved
        with without_autocast(query.device.type):
            agreement = torch.linalg.vecdot(context_gradient.to(diagonal.dtype), value.to(diagonal.dtype))
            weight = diagonal if interest is None else diagonal * interest
            gated = agreement if interest is None else agreement * interest
            strength = (gated + diagonal_gradient) * diagonal  # (B, A, N): dL/d(log diagonal)
            value_gradient = interest_gradient = query_gradient = key_gradient = None
            if ctx.needs_input_grad[2]:
                value_gradient = (weight[..., None] * context_gradient).to(value.dtype)
            if ctx.needs_input_grad[3]:
                interest_gradient = (agreement * diagonal).to(interest.dtype)
            if ctx.needs_input_grad[0] or ctx.needs_input_grad[1]:
                query_gradient, key_gradient = _score_gradients(
                    query, key, strength.flatten(0, 1), log_total.flatten(0, 1), ctx.scale, ctx.needs_input_grad
                )
        return query_gradient, key_gradient, value_gradient, interest_gradient, None


def _score_gradients(query, key, strength, log_total, scale, needed):
    """Gradients of query and key, `None` where not needed, from `strength` (B * A, N)."""
    q, k = _precise(query), _precise(key)
    query_gradient = strength[..., None] * k if needed[0] else None
    key_gradient = strength[..., None] * q if needed[1] else None
    for maps, rows in _blocks(q.shape[0], q.shape[1], q.device.type):
        scores = torch.bmm(q[maps, rows], k[maps].transpose(1, 2)).mul_(scale)
        flow = scores.sub_(log_total[maps, rows, None]).exp_().mul_(strength[maps, rows, None])
        if needed[0]:
            query_gradient[maps, rows].baddbmm_(flow, k[maps], alpha=-1)
        if needed[1]:
            key_gradient[maps].baddbmm_(flow.transpose(1, 2), q[maps, rows], alpha=-1)
    gradients = (query_gradient, query), (key_gradient, key)
    return [None if g is None else g.mul_(scale).to(x.dtype).view(x.shape) for g, x in gradients]
