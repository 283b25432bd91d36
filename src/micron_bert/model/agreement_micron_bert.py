"""Agreement of a face with a crop of itself: the crops, and the losses (paper sections 3.6 and 3.7)."""

import torch
from torch import nn


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


__all__ = ["agreement_loss", "crop_frames", "draw_crop_boxes", "spread_loss"]
