"""Diagonal micro-attention: one softmax probability per row of an attention map, without the map."""

from . import layers
from .attention import diagonal_micro_attention
from .reference import diagonal_micro_attention_reference

__all__ = ["diagonal_micro_attention", "diagonal_micro_attention_reference", "layers"]
