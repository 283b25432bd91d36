"""The demo as a process: quiet towards the outside, and without a trace when it ends."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

PREFIX = "micron-bert-demo-"


def serve(
    model: str | None = None,
    host: str | None = None,
    port: int | None = None,
    share: bool = False,
    examples: str | None = None,
    runtime: str | None = None,
) -> None:
    """
    Serves the page until it is interrupted.

    Args:
        model (`str`, *optional*):
            Folder or Hub id of a fine-tuned μ-BERT; the small one that comes with the package if left out.
        host, port (*optional*):
            Where to listen; what Gradio's environment variables say if left out.
        share (`bool`, defaults to `False`):
            Whether to open a public address through Gradio's servers.
        examples (`str`, *optional*):
            Folder with the clips to try; they are made and kept in the user's cache if left out.
        runtime (`str`, *optional*):
            `"torch"` or `"onnx"`; torch where it is installed if left out.
    """
    # also a demo that is terminated takes its visitors' files with it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sweep()
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as scratch:
        # both are read when Gradio is imported or makes its components
        os.environ["GRADIO_TEMP_DIR"] = scratch
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

        with _step("Importing the page"):
            from micron_bert.demo.app import open_demo
            from micron_bert.faces.models import fetch_face_models
        with _step("Looking for the face models"):
            fetch_face_models()
        with _step("Loading the model and the examples, and starting the server"):
            page = open_demo(model, examples, runtime, server_name=host, server_port=port, share=share)
        page.block_thread()


@contextmanager
def _step(words: str) -> Iterator[None]:
    """Says what takes time before it begins, and how long it took."""
    print(f"{words} …", flush=True)
    begun = monotonic()
    yield
    print(f"  took {monotonic() - begun:.1f} s", flush=True)


def sweep() -> None:
    """Deletes the folders of demos that were killed before they could do it: visitors were told it would be done."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not _runs(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    if sys.platform == "win32":  # there the same call would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
