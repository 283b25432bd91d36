"""Running one of the two face networks: by LiteRT where it is installed, else by OpenCV."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # there is no wheel for this system, or it was left out
    Interpreter = None


class FaceNetwork:
    """
    A TensorFlow Lite network with one picture as input, computed by one thread.

    LiteRT takes about two fifths of the time of OpenCV's importer (`benchmarks/face_networks.py`); what they say
    differs by some ten thousandths of a pixel. An instance holds one network: use it in one thread.

    Args:
        path (`Path`): the `.tflite` file.
        outputs (`tuple[str, ...]`): names of the outputs, in the order in which they are wanted.
        litert (`bool`, *optional*): whether LiteRT runs it; where it is installed if left out.
    """

    def __init__(self, path: Path, outputs: tuple[str, ...], litert: bool | None = None):
        self.outputs = outputs
        self.interpreter = self.network = None
        if litert is False or (litert is None and Interpreter is None):
            # the engine that OpenCV 5 prefers loses one of two outputs
            engine = [cv2.dnn.ENGINE_CLASSIC] if hasattr(cv2.dnn, "ENGINE_CLASSIC") else []
            self.network = cv2.dnn.readNetFromTFLite(str(path), *engine)
            return
        with _standard_error_closed():  # it reports on itself there, whatever it is asked
            self.interpreter = Interpreter(model_path=str(path), num_threads=1)
            self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        places = {detail["name"]: detail["index"] for detail in self.interpreter.get_output_details()}
        self.places = [places[name] for name in outputs]

    def __call__(self, picture: np.ndarray) -> list[np.ndarray]:
        """
        Args:
            picture (`np.ndarray` of shape `(S, S, 3)`): RGB, float32, in the range that the network wants.

        Returns:
            `list[np.ndarray]`: the outputs, float32.
        """
        if self.interpreter is None:
            self.network.setInput(np.ascontiguousarray(picture.transpose(2, 0, 1)[None]))
            return list(self.network.forward(self.outputs))
        self.interpreter.set_tensor(self.input, picture[None])
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(place) for place in self.places]


@contextmanager
def _standard_error_closed() -> Iterator[None]:
    """Silences standard error, also that of compiled code."""
    try:
        kept = os.dup(2)
    except OSError:  # there is none, as in a program without a console
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
