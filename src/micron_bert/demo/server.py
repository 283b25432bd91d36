"""The demo as a process: quiet towards the outside, and without a trace when it ends."""

import os
import signal
import sys
import tempfile


def serve(model: str | None = None, host: str | None = None, port: int | None = None, share: bool = False) -> None:
    """
    Serves the page until it is interrupted.

    Args:
        model (`str`, *optional*):
            Folder or Hub id of a fine-tuned μ-BERT; the small one that comes with the package if left out.
        host, port (*optional*):
            Where to listen; what Gradio's environment variables say if left out.
        share (`bool`, defaults to `False`):
            Whether to open a public address through Gradio's servers.
    """
    # also a demo that is terminated takes its visitors' files with it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="micron-bert-demo-") as scratch:
        # both are read when Gradio is imported or makes its components
        os.environ["GRADIO_TEMP_DIR"] = scratch
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

        from micron_bert.demo.app import open_demo
        from micron_bert.faces.models import fetch_face_models

        fetch_face_models()
        open_demo(model, server_name=host, server_port=port, share=share)
