"""How long expressions last."""

LONGEST_MICRO = 0.5  # seconds from onset to offset; longer ones are macro-expressions
