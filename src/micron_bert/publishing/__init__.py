"""Publishing to the Hub: each repository is built as a folder first, then uploaded as it stands."""
