"""The Space: the demo of the package beside this file."""

from pathlib import Path

from micron_bert.demo.server import serve

CHECKPOINT = Path(__file__).with_name("checkpoint")  # there if somebody published a model of their own

if __name__ == "__main__":
    serve(str(CHECKPOINT) if CHECKPOINT.is_dir() else None)
