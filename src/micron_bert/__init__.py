"""Micro-expressions with μ-BERT: model, faces, synthesis, training and recognition."""

__version__ = "0.1.0"
