"""The layer that the `kernels` library puts in place of a model's own `DiagonalMicroAttention`."""

from __future__ import annotations

import torch
from torch import nn

from .attention import diagonal_micro_attention


class DiagonalMicroAttention(nn.Module):
    """
    Diagonal micro-attention of two frames; takes `scale`, and `implementation` where there is one, from the module
    whose forward it replaces.

    Shapes:
        query, key, value: `(batch, heads, patches, head_dim)`
        interest: `(batch, patches)`, or one that broadcasts to `(batch, heads, patches)`, or `None`
        returns: context `(batch, heads, patches, head_dim)` and diagonal `(batch, heads, patches)`
    """

    has_backward: bool = True
    # Dynamo traces it without a graph break, but no compiled model has run on a GPU yet
    can_torch_compile: bool = False

    scale: float

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        interest: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        implementation = getattr(self, "implementation", None)
        return diagonal_micro_attention(query, key, value, interest, self.scale, implementation)
