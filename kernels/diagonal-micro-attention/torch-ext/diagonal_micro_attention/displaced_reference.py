"""The definition of displaced micro-attention in plain PyTorch: what the fused kernels have to reproduce."""

from __future__ import annotations

import torch
from torch.nn import functional as F

SIDES = (1, 3, 5)  # patches along the side of each neighbourhood
FEATURES = 3 * len(SIDES) + 4  # channels of a head
SATURATION = 8.0  # steps beyond which the length of a displacement is told with less and less precision
LEAST_DETERMINANT = 1e-12


def displaced_micro_attention_reference(
    keys: torch.Tensor,
    queries: torch.Tensor,
    sharpness: torch.Tensor,
    staying: torch.Tensor,
    prior: torch.Tensor,
    support: torch.Tensor,
    grid: tuple[int, int],
) -> tuple[torch.Tensor, torch.Tensor]:
    r"""
    Attend from each later patch to its own place in the onset, displaced by any small amount.

    With `change = q − k`, `right` and `down` the means of both frames' derivatives, all scaled by the sharpness, each
    neighbourhood gives a 2×2 matrix `M` and a vector `b`; the displacement is `(M + λ)^{-1} b` and the diagonal
    `σ(s + ½ log|M + λ| − log λ − ½ bᵀ(M + λ)^{-1} b)`.

    Args:
        keys (`torch.Tensor` of shape `(batch, 3, patches, heads * head_dim)`):
            Of the onset: the window around each patch, and its change by a step to the right and down.
        queries (`torch.Tensor` of shape `(batch, pairs, 3, patches, heads * head_dim)`):
            The same of the later frames.
        sharpness (`torch.Tensor` of shape `(batch, patches, heads)`):
            Above 0.
        staying (`torch.Tensor` of shape `(batch, patches, heads)`):
            Offset of the diagonal.
        prior (`torch.Tensor` of shape `(heads,)`):
            λ, above 0.
        support (`torch.Tensor` of shape `(3, heads)`):
            For how many patches the mean over 1, 3×3 and 5×5 patches counts.
        grid (`tuple[int, int]`):
            Rows and columns of patches.

    Returns:
        `tuple[torch.Tensor, torch.Tensor]`: features `(batch, pairs, patches, 13 * heads)`, of which channel
        `f * heads + h` is feature `f` of head `h`, and diagonal `(batch, pairs, patches, heads)`.

        Features: displacement x and y and the diagonal of the single patch; `1 − λ yy/D`, `λ xy/D` and `1 − λ xx/D`
        with `D` the determinant, which say how well each direction is seen; the logarithm of the change that no
        displacement explains; then displacement x and y and diagonal of 3×3 and of 5×5 patches.
    """
    batch, pairs, heads = queries.shape[0], queries.shape[1], sharpness.shape[-1]
    k, q = (part.unflatten(-1, (heads, -1)) for part in (keys[:, None], queries))
    change = q[:, :, 0] - k[:, :, 0]
    right, down = ((q[:, :, part] + k[:, :, part]) / 2 for part in (1, 2))
    factors = ((right, right), (right, down), (down, down), (right, change), (down, change), (change, change))
    products = torch.stack([(one * other).sum(-1) for one, other in factors], dim=2)  # (B, P, 6, N, heads)
    products = products * sharpness[:, None, None]
    maps = products[:, :, :5].permute(0, 1, 4, 2, 3).flatten(0, 1).flatten(1, 2).unflatten(-1, grid)
    features, diagonals = [], []
    for number, side in enumerate(SIDES):
        pooled = F.avg_pool2d(maps, side, 1, side // 2, count_include_pad=False)
        pooled = pooled.flatten(2).unflatten(1, (heads, 5)).unflatten(0, (batch, pairs)).permute(0, 1, 3, 4, 2)
        xx, xy, yy, x, y = (pooled * support[number]).unbind(dim=2)
        xx, yy = xx + prior, yy + prior
        determinant = (xx * yy - xy * xy).clamp_min(LEAST_DETERMINANT)
        dx, dy = (yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant
        evidence = (dx * x + dy * y) / 2
        stayed = torch.sigmoid(staying[:, None] + determinant.log() / 2 - prior.log() - evidence)
        length = (1 + (dx * dx + dy * dy) / SATURATION**2).sqrt()
        features += [dx / length, dy / length, stayed]
        diagonals.append(stayed)
        if side == 1:
            seen = prior / determinant
            features += [1 - seen * yy, seen * xy, 1 - seen * xx]
            features.append(torch.log1p((products[:, :, 5] - 2 * evidence).clamp_min(0)))
    return torch.cat(features, dim=-1), torch.stack(diagonals).mean(dim=0)
