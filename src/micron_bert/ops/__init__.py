"""Operations with a fused kernel; the sub-package `dma` is mapped in from `kernels/diagonal-micro-attention`."""

from .dma import diagonal_micro_attention, displaced_micro_attention

__all__ = ["diagonal_micro_attention", "displaced_micro_attention"]
