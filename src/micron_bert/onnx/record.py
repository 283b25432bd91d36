"""The record beside the graphs of a model: all that a runtime must know, in one JSON file."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.home import at_home
from micron_bert.output_folder import begun, check_output, write_text

FOLDER = "onnx"  # beside the weights, in a checkpoint and on the Hub
RECORD_FILE = "micron_bert.json"
FORMAT = 1  # of the record; a runtime refuses another one
UNIT_OUTPUTS = ("action_unit_logits", "action_unit_sides", "action_unit_intensity")  # with a head for units
PRECISIONS = ("", "_fp16")  # ends of the names of graphs: weights in single, and in half precision


def check_folder(model: str | os.PathLike | None, output: str | os.PathLike, option: str = "--output") -> Path:
    """
    [`check_output`] for the graphs of a model, which may go into the folder `onnx` of the model's own: nothing that an
    export reads lies there.
    """
    own = model is not None and at_home(output).resolve() == at_home(model).resolve() / FOLDER
    inputs = [] if own or model is None else [model]
    return check_output(output, inputs, ours=begun(RECORD_FILE), option=option)


@dataclass(frozen=True)
class GraphFile:
    """
    One graph.

    Attributes:
        sha256 (`str`): of the file.
        inputs, outputs (`dict[str, list[int | str]]`): float32 arrays by name, with their axes: lengths, or names.
        largest_difference (`float`): of any output from torch's, over the clips that the export was checked on.
    """

    sha256: str
    inputs: dict[str, list[int | str]]
    outputs: dict[str, list[int | str]]
    largest_difference: float


@dataclass(frozen=True)
class CourseRecord:
    """
    The course head.

    Attributes:
        labels (`list[str]`): expressions that it tells apart.
        kinds (`list[str]`): what its logits `kind` are of.
        step (`float`): seconds from one step to the next.
        back, ahead (`int`): steps before and after a step that its answer depends on.
        calibration (`list[list[float]]`, *optional*): slope, intercept and best probability of `micro` and `macro`.
    """

    labels: list[str]
    kinds: list[str]
    step: float
    back: int
    ahead: int
    calibration: list[list[float]] | None


@dataclass(frozen=True)
class Record:
    """
    A model whose graphs lie beside this record.

    Attributes:
        version (`str`): of the package that wrote it.
        weights (`str`): SHA-256 of the weights that the graphs were made from.
        size, patch_size (`int`): sides in pixels of a crop and of a patch.
        mean, deviation (`list[float]`): `(pixel / 255 - mean) / deviation`, per channel, is what the graphs take.
        labels (`list[str]`): of the logits, in order.
        multi_label (`bool`): whether each label has a probability of its own.
        displaces (`bool`): whether the head predicts displacements, as spotting needs.
        eye_distance (`float`), eyes_centre (`list[float]`): of an aligned face, as shares of the crop's side.
        action_units (`list[str]`), action_unit_thresholds (`list[float]`):
            Numbers of the units that a head tells, and the probability from which on each is shown; empty without one.
        course ([`CourseRecord`], *optional*): None for a model without a course head.
        graphs (`dict[str, GraphFile]`): by the names of their files.
    """

    version: str
    weights: str
    size: int
    patch_size: int
    mean: list[float]
    deviation: list[float]
    labels: list[str]
    multi_label: bool
    displaces: bool
    eye_distance: float
    eyes_centre: list[float]
    action_units: list[str] = field(default_factory=list)
    action_unit_thresholds: list[float] = field(default_factory=list)
    course: CourseRecord | None = None
    graphs: dict[str, GraphFile] = field(default_factory=dict)

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.size // self.patch_size

    def save(self, folder: Path) -> Path:
        """Writes the record into the folder of its graphs."""
        return write_text(folder / RECORD_FILE, json.dumps({"format": FORMAT} | asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> "Record":
        """
        Raises:
            [`InputError`]: there is none, it is damaged, or another version of the package wrote it in another way.
        """
        path = folder / RECORD_FILE
        if not path.is_file():
            raise InputError(f"`{folder}` holds no exported model; write one with `micron-bert export`.")
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
            if entries.pop("format") != FORMAT:
                raise InputError(f"`{path}` has another format than this version reads; export the model again.")
            entries["graphs"] = {name: GraphFile(**graph) for name, graph in entries["graphs"].items()}
            if entries["course"]:
                entries["course"] = CourseRecord(**entries["course"])
            return cls(**entries)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"`{path}` is damaged ({error}); export the model again.") from error
