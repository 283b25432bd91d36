"""All that travels to the Hub with the weights; importing it makes the Auto classes of Transformers know μ-BERT."""

from .auto import register_classes

register_classes()
