"""Pre-training of μ-BERT without labels: swapping, crops and their losses (paper sections 3.4, 3.6, 3.7)."""

import torch
from torch import nn


def patchify(frames: torch.Tensor, patch_size: int) -> torch.Tensor:
    """Frames `(M, channels, height, width)` to `(M, patches, patch_size**2 * channels)`: row, column, channel."""
    blocks = frames.unfold(2, patch_size, patch_size).unfold(3, patch_size, patch_size)  # (M, C, rows, cols, p, p)
    return blocks.permute(0, 2, 3, 4, 5, 1).flatten(3).flatten(1, 2)


def draw_swap_mask(pairs: int, patches: int, ratio: float, generator: torch.Generator | None = None) -> torch.Tensor:
    """A random set of exactly `round(ratio * patches)` positions for each pair, `(pairs, patches)` of bool."""
    order = torch.rand(pairs, patches, generator=generator).argsort(dim=1)
    return order < round(ratio * patches)


def swap_patches(onset: torch.Tensor, later: torch.Tensor, swap_mask: torch.Tensor, patch_size: int) -> torch.Tensor:
    """
    Blockwise swapping in pixel space (paper section 3.4).

    Args:
        onset, later (`torch.Tensor` of shape `(pairs, channels, height, width)`):
            The two frames.
        swap_mask (`torch.BoolTensor` of shape `(pairs, patches)`):
            True where the patch comes from the later frame.
        patch_size (`int`):
            Side of a patch in pixels.
    """
    rows, columns = onset.shape[-2] // patch_size, onset.shape[-1] // patch_size
    if tuple(swap_mask.shape) != (len(onset), rows * columns):
        raise ValueError(
            f"`swap_mask` must have the shape {(len(onset), rows * columns)}, got {tuple(swap_mask.shape)}."
        )
    mask = swap_mask.view(-1, 1, rows, columns)
    mask = mask.repeat_interleave(patch_size, dim=2).repeat_interleave(patch_size, dim=3)
    return torch.where(mask, later, onset)


def draw_crop_boxes(pairs: int, scale: tuple[float, float], generator: torch.Generator | None = None) -> torch.Tensor:
    """Random squares inside the unit square, `(pairs, 4)` as left, top, right, bottom; sides uniform in `scale`."""
    side, left, top = torch.rand(3, pairs, generator=generator)
    side = scale[0] + side * (scale[1] - scale[0])
    left, top = left * (1 - side), top * (1 - side)
    return torch.stack([left, top, left + side, top + side], dim=1)


def crop_frames(frames: torch.Tensor, boxes: torch.Tensor, size: int) -> torch.Tensor:
    """
    Crops resampled bilinearly to one size.

    Args:
        frames (`torch.Tensor` of shape `(pairs, channels, height, width)`):
            Frames to crop.
        boxes (`torch.Tensor` of shape `(pairs, 4)`):
            left, top, right, bottom in [0, 1].
        size (`int`):
            Side of the crops in pixels.
    """
    if tuple(boxes.shape) != (len(frames), 4):
        raise ValueError(f"`crop_boxes` must have the shape {(len(frames), 4)}, got {tuple(boxes.shape)}.")
    left, top, right, bottom = boxes.unbind(1)
    zero = torch.zeros_like(left)
    theta = torch.stack([right - left, zero, left + right - 1, zero, bottom - top, top + bottom - 1], dim=1)
    grid = nn.functional.affine_grid(
        theta.view(-1, 2, 3).to(frames.dtype), (len(frames), frames.shape[1], size, size), align_corners=False
    )
    return nn.functional.grid_sample(frames, grid, mode="bilinear", padding_mode="border", align_corners=False)


def agreement_loss(contextual: torch.Tensor, of_crop: torch.Tensor) -> torch.Tensor:
    """L_agg: mean squared difference of two `(pairs, hidden)` contextual tokens (paper section 3.6)."""
    return nn.functional.mse_loss(of_crop.float(), contextual.float())


def spread_loss(contextual: torch.Tensor) -> torch.Tensor:
    """
    How far the contextual tokens of a batch fall short of unit standard deviation, per channel, averaged.

    Two views pulled together with nothing that keeps faces apart collapse to one constant token; this hinge (as in
    VICReg, arXiv 2105.04906) is what keeps them apart. A batch of one pair has no spread and costs nothing.
    """
    if len(contextual) < 2:
        return contextual.float().sum() * 0.0
    deviation = (contextual.float().var(dim=0) + 1e-4).sqrt()
    return torch.relu(1 - deviation).mean()
