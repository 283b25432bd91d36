"""
All that travels to the Hub with the weights.

Importing a model class makes the Auto classes of Transformers know μ-BERT. What needs no torch imports none.
"""
