"""The ONNX runtime: a model behind the interface of recognition and spotting, without torch or Transformers."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from micron_bert.checkpoints.names import find_checkpoint, shipped_checkpoint
from micron_bert.errors import InputError
from micron_bert.model.recognizer_micron_bert import Comparison, CourseAnswer, check_numbers
from micron_bert.model.unit_reading_micron_bert import UnitScores
from micron_bert.onnx.record import FOLDER, RECORD_FILE, UNIT_OUTPUTS, Record
from micron_bert.onnx.session import open_session
from micron_bert.onnx.weights import digest_of_file

NEEDED = ("encoder.onnx", "pair.onnx", "course.onnx")
ENCODING_BATCH = 32  # frames


class OnnxRuntime:
    """
    The [`Runtime`] of an exported model.

    Args:
        folder (`Path`): what `micron-bert export` wrote.
        threads (`int`, *optional*):
            That compute one call; if left out what `OMP_NUM_THREADS` says, else as many as there are cores.

    Raises:
        [`InputError`]: the folder holds no exported model, or one whose files are missing or damaged.
        ImportError: ONNX Runtime is not installed.
    """

    ahead = together = 1  # the graphs compute on the processor, where larger batches gain nothing

    def __init__(self, folder: Path, threads: int | None = None):
        self.record = Record.load(folder)
        threads = threads or int(os.environ.get("OMP_NUM_THREADS") or 0) or None
        self.encoder, self.pair = (open_session(self._checked(folder / name), threads) for name in NEEDED[:2])
        self.parts = tuple(self.record.graphs["encoder.onnx"].outputs)
        self.output_names = tuple(self.record.graphs["pair.onnx"].outputs)
        self.mean, self.deviation = (np.float32(values) for values in (self.record.mean, self.record.deviation))
        self.size, self.grid = self.record.size, self.record.grid
        self.labels = dict(enumerate(self.record.labels))
        self.multi_label, self.displaces = self.record.multi_label, self.record.displaces
        self.action_units = tuple(self.record.action_units)
        self.action_unit_thresholds = tuple(self.record.action_unit_thresholds)
        self.expressions, self.course = (), None
        if self.record.course is not None:
            self.expressions = tuple(self.record.course.labels)
            self.course = OnnxCourse(open_session(self._checked(folder / "course.onnx"), threads), self.record.course)

    @classmethod
    def from_pretrained(cls, model: str | os.PathLike | None = None) -> "OnnxRuntime":
        """
        Args:
            model (`str` or `os.PathLike`, *optional*):
                Folder that was exported to, or folder or Hub id of a model that has the graphs under `onnx/`; the
                model that comes with the package if left out.

        Raises:
            [`InputError`]: there is no such model, it has no graphs, or they belong to other weights.
        """
        return cls(find_graphs(model))

    def _checked(self, path: Path) -> Path:
        if not path.is_file():
            raise InputError(f"`{path}` is missing; export the model again.")
        described = self.record.graphs.get(path.name)
        if described is None or hashlib.sha256(path.read_bytes()).hexdigest() != described.sha256:
            raise InputError(f"`{path}` is damaged or of another export; export the model again.")
        return path

    def encode(self, frames: Sequence[np.ndarray]) -> list[tuple[np.ndarray, ...]]:
        encoded = []
        for first in range(0, len(frames), ENCODING_BATCH):
            pixels = self._normalised(frames[first : first + ENCODING_BATCH])
            parts = self.encoder.run(list(self.parts), {"pixel_values": pixels})
            encoded += zip(*parts, strict=True)
        return encoded

    def compare(self, clips: Sequence[Sequence[tuple[np.ndarray, ...]]]) -> Comparison:
        shape = len(clips), len(clips[0])
        frames = [frame for clip in clips for frame in clip]
        given = {}
        for name, several in zip(self.parts, zip(*frames, strict=True), strict=True):
            given[name] = np.stack(several).reshape(*shape, *several[0].shape)
        outputs = dict(zip(self.output_names, self.pair.run(list(self.output_names), given), strict=True))
        units = UnitScores(*(outputs[name] for name in UNIT_OUTPUTS)) if self.action_units else None
        compared = Comparison(
            outputs["logits"], outputs["micro_map"], outputs["interest"], outputs.get("displacement"), units
        )
        check_numbers(compared, InputError)
        return compared

    def _normalised(self, frames: Sequence[np.ndarray]) -> np.ndarray:
        """`(frames, 3, S, S)` as the model's image processor makes them of crops."""
        pixels = np.stack(frames)
        if pixels.shape[1:] != (self.size, self.size, 3) or pixels.dtype != np.uint8:
            raise InputError(
                f"The model takes crops of `{self.size}x{self.size}` pixels, RGB, 8 bit; got {pixels.shape[1:]}, "
                f"{pixels.dtype}."
            )
        planes = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
        return (planes * np.float32(1 / 255) - self.mean[:, None, None]) / self.deviation[:, None, None]


class OnnxCourse:
    """
    The [`CourseRuntime`] of an exported model.

    Args:
        session (`onnxruntime.InferenceSession`): of `course.onnx`.
        record ([`CourseRecord`]): of the model.
    """

    def __init__(self, session, record):
        self.session, self.calibration = session, record.calibration
        self.back, self.ahead = record.back, record.ahead

    def read(self, position: np.ndarray, maps: np.ndarray, pair_logits: np.ndarray) -> CourseAnswer:
        given = {"position": position, "maps": maps, "pair_logits": pair_logits}
        outputs = self.session.run(list(CourseAnswer._fields), {name: value[None] for name, value in given.items()})
        answer = CourseAnswer(*(values[0] for values in outputs))
        check_numbers(answer, InputError)
        return answer


def find_graphs(model: str | os.PathLike | None = None) -> Path:
    """The folder of a model's graphs; argument and errors as for [`OnnxRuntime.from_pretrained`]."""
    source = Path(shipped_checkpoint() if model is None else find_checkpoint(os.fspath(model)))
    if not source.exists():
        return _from_hub(os.fspath(model))
    for folder in (source, source / FOLDER):
        if (folder / RECORD_FILE).is_file():
            break
    else:
        raise InputError(
            f"`{source}` has no ONNX graphs; write them with `micron-bert export {source} --output {source / FOLDER}`."
        )
    weights = folder.parent / "model.safetensors"
    if folder.name == FOLDER and weights.is_file() and digest_of_file(weights) != Record.load(folder).weights:
        raise InputError(
            f"The ONNX graphs in `{folder}` were made from other weights than `{weights}`; write them again with "
            f"`micron-bert export {folder.parent} --output {folder}`."
        )
    return folder


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        files = [f"{FOLDER}/{file}" for file in (RECORD_FILE, *NEEDED)]
        folder = Path(snapshot_download(name, allow_patterns=files)) / FOLDER
    except Exception as error:  # no such name, no connection, no permission
        raise InputError(
            f"`{name}` is no folder, and cannot be had from the Hub: {str(error).splitlines()[0]}"
        ) from error
    if not (folder / RECORD_FILE).is_file():
        raise InputError(f"`{name}` has no ONNX graphs on the Hub; use `--runtime torch`, or export it.")
    return folder
