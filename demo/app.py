"""The Space: the demo of the package beside this file, with all that it needs beside it too."""

import os
from pathlib import Path

from micron_bert.demo.server import serve

HERE = Path(__file__).parent


def beside(name: str) -> str | None:
    """A folder of the Space, where there is one."""
    return str(HERE / name) if (HERE / name).is_dir() else None


if __name__ == "__main__":
    if beside("face_models"):
        os.environ.setdefault("MICRON_BERT_FACE_MODELS", beside("face_models"))
    # a checkpoint is there if somebody published a model of their own
    serve(beside("checkpoint"), examples=beside("examples"))
