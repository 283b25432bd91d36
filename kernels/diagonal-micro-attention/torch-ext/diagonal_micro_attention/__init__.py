"""Attention between two frames of a face: diagonal micro-attention without its map, and displaced micro-attention."""

from . import layers
from .attention import diagonal_micro_attention
from .displaced import displaced_micro_attention
from .displaced_reference import displaced_micro_attention_reference
from .reference import diagonal_micro_attention_reference

__all__ = [
    "diagonal_micro_attention",
    "diagonal_micro_attention_reference",
    "displaced_micro_attention",
    "displaced_micro_attention_reference",
    "layers",
]
