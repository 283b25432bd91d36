"""Blockwise swapping: patches of the later frame stand in the onset (paper section 3.4)."""

import torch


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


__all__ = ["draw_swap_mask", "patchify", "swap_patches"]
