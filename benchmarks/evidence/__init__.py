"""Does it see movement, does it name it, and when is it wrong: every table about a checkpoint, on people held out."""
