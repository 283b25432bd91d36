"""Patches of μ-BERT's frames as tokens, with fixed positions."""

import torch
from torch import nn

from .attention_micron_bert import without_autocast
from .configuration_micron_bert import MicronBertConfig


def sine_cosine_positions(hidden_size: int, grid_size: int) -> torch.Tensor:
    """
    Fixed 2-D positions, `(1, 1 + grid_size**2, hidden_size)`: zero for the contextual token; the first half of the
    channels encodes the column, the second the row; within each half sines come before cosines.
    """
    frequency = 10000 ** -(torch.arange(hidden_size // 4, dtype=torch.float64) / (hidden_size / 4))
    angle = torch.arange(grid_size, dtype=torch.float64)[:, None] * frequency  # (grid, D/4)
    line = torch.cat([angle.sin(), angle.cos()], dim=1)  # (grid, D/2)
    rows, columns = line[:, None].expand(-1, grid_size, -1), line[None].expand(grid_size, -1, -1)
    patches = torch.cat([columns, rows], dim=-1).flatten(0, 1)
    return torch.cat([torch.zeros(1, hidden_size, dtype=torch.float64), patches])[None].float()


class MicronBertEmbeddings(nn.Module):
    """Patches to tokens: a convolution, the contextual token in front, fixed positions added."""

    def __init__(self, config: MicronBertConfig):
        super().__init__()
        self.patch_size, self.num_channels, self.grid_size = config.patch_size, config.num_channels, config.grid_size
        self.cls_token = nn.Parameter(torch.zeros(1, 1, config.hidden_size))
        self.projection = nn.Conv2d(
            config.num_channels, config.hidden_size, kernel_size=config.patch_size, stride=config.patch_size
        )
        positions = sine_cosine_positions(config.hidden_size, config.grid_size)
        self.register_buffer("positions", positions, persistent=False)

    def interpolated_positions(self, rows: int, columns: int) -> torch.Tensor:
        """Positions for another grid, bicubic, with the release's scale factor (which is not exactly a size)."""
        if (rows, columns) == (self.grid_size, self.grid_size):
            return self.positions
        grid = self.positions[:, 1:].unflatten(1, (self.grid_size, self.grid_size)).permute(0, 3, 1, 2)
        factor = ((rows + 0.1) / self.grid_size, (columns + 0.1) / self.grid_size)
        grid = nn.functional.interpolate(grid, scale_factor=factor, mode="bicubic", align_corners=False)
        return torch.cat([self.positions[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Frames `(M, 3, height, width)` to tokens `(M, 1 + patches, hidden)`."""
        _, channels, height, width = frames.shape
        if channels != self.num_channels or height % self.patch_size or width % self.patch_size:
            raise ValueError(
                f"`pixel_values` must have {self.num_channels} channels and sides that are multiples of "
                f"{self.patch_size} pixels, got {channels} channels and {height}x{width}."
            )
        # two frames differ by less than half precision resolves, so autocast does not reach their pixels
        with without_autocast(frames):
            grid = self.projection(frames.to(self.projection.weight.dtype))
        patches = grid.flatten(2).transpose(1, 2)
        positions = self.interpolated_positions(*grid.shape[-2:]).to(patches.dtype)
        cls_token = self.cls_token.expand(patches.shape[0], -1, -1).to(patches.dtype)
        return torch.cat([cls_token, patches + positions[:, 1:]], dim=1)
