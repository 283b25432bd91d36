"""Writing a model as ONNX graphs."""

import hashlib
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import torch

from micron_bert import __version__
from micron_bert.checkpoints.loading import load_checkpoint
from micron_bert.errors import InputError
from micron_bert.faces.alignment import EYE_DISTANCE, EYES_CENTRE
from micron_bert.model.course_steps_micron_bert import KINDS, STEP
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification
from micron_bert.model.unit_reading_micron_bert import unit_thresholds
from micron_bert.onnx.agreement import check_inputs, differences
from micron_bert.onnx.graphs import GRAPHS, Graph, graphs_of
from micron_bert.onnx.record import PRECISIONS, RECORD_FILE, CourseRecord, GraphFile, Record, check_folder
from micron_bert.onnx.weights import digest_of_model
from micron_bert.output_folder import begun, check_output

OPSET = 18
EXAMPLE = (2, 3)  # numbers of clips and frames of the exporter's example input


def export(model: str | os.PathLike | None, output: str | os.PathLike, light: bool = False) -> Record:
    """
    Writes `encoder.onnx`, `pair.onnx`, `course.onnx` and `model.onnx`, each also with half weights (`…_fp16.onnx`),
    and the record of them.

    `encoder` takes frames to what pairs are made of, `pair` takes encoded clips to what is recognised, `course` reads
    a face's movement step by step, `model` is encoder and pair in one. Batch, frames and steps may have any length.

    Args:
        model (`str` or `os.PathLike`, *optional*):
            Folder or Hub id of a fine-tuned μ-BERT; the one that comes with the package if left out.
        output (`str` or `os.PathLike`):
            New or empty folder, or one that an export wrote before, whose files are replaced. The model's own folder
            holds it as `onnx`, and nowhere else.
        light (`bool`, defaults to `False`):
            Only what the package itself runs: no `model.onnx`, no half precision.

    Returns:
        [`Record`]: of what was written.

    Raises:
        [`InputError`]: the model cannot be loaded or exported, a graph differs from torch (nothing is written then),
            or the folder holds something else.
        ImportError: a package that the export needs is not installed.
    """
    folder = check_folder(model, output, "output")
    loaded, processor = load_checkpoint(model)
    return export_model(loaded, processor, folder, light)


def export_model(model: MicronBertForVideoClassification, processor, folder: Path, light: bool = False) -> Record:
    """[`export`] of a model and its image processor that are loaded already."""
    check_output(folder, ours=begun(RECORD_FILE), option="folder")
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401  torch's exporter needs it
        import onnxruntime  # noqa: F401  isort: skip
    except ImportError as error:
        raise ImportError(f"Exporting needs `{error.name}`: `pip install micron-bert[export]`.") from error

    precisions = PRECISIONS[:1] if light else PRECISIONS
    graphs = [graph for graph in graphs_of(model) if not light or graph.name != "model"]
    try:
        return _write(model, processor, folder, graphs, precisions)
    except OSError as error:
        raise InputError(f"The graphs cannot be written to `{folder}`: {error.strerror or error}.") from error


def _write(model, processor, folder: Path, graphs: list[Graph], precisions: Sequence[str]) -> Record:
    """The graphs in these precisions and their record, which tells that all are there."""
    import onnx

    from micron_bert.onnx.half_precision import with_half_weights

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as draft:
        draft = Path(draft)
        for graph, given in check_inputs(graphs, EXAMPLE):
            written = _translate(graph, tuple(given.values()))
            onnx.save(written, draft / f"{graph.name}.onnx")
            if len(precisions) > 1:
                onnx.save(with_half_weights(written), draft / f"{graph.name}_fp16.onnx")
        files = {}
        for precision in precisions:
            for name, difference in differences(graphs, draft, precision).items():
                files[f"{name}{precision}.onnx"] = _described(draft / f"{name}{precision}.onnx", difference)
        record = _record(model, processor, files)
        record.save(draft)
        folder.mkdir(exist_ok=True)
        (folder / RECORD_FILE).unlink(missing_ok=True)
        for name in {f"{graph}{end}.onnx" for graph in GRAPHS for end in PRECISIONS} - files.keys():
            (folder / name).unlink(missing_ok=True)
        for name in (*files, RECORD_FILE):
            shutil.move(draft / name, folder / name)
    return record


def _translate(graph: Graph, example: tuple[torch.Tensor, ...]):
    """The graph as an `onnx.ModelProto`."""
    lengths = {
        name: torch.export.Dim(name) for axes in graph.inputs.values() for name in axes if isinstance(name, str)
    }
    shapes = tuple(
        {number: lengths[axis] for number, axis in enumerate(axes) if isinstance(axis, str)}
        for axes in graph.inputs.values()
    )
    if graph.name == "pair":
        shapes = (shapes,)  # of the encoder's outputs, however many there are
    with (
        warnings.catch_warnings(),
        _quiet("torch.onnx", "torch.export", "torch._guards"),
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        torch.no_grad(),
    ):
        warnings.simplefilter("ignore")  # the exporter reports on itself
        try:
            program = torch.onnx.export(
                graph.module,
                example,
                dynamo=True,
                opset_version=OPSET,
                input_names=list(graph.inputs),
                output_names=list(graph.outputs),
                dynamic_shapes=shapes,
                external_data=False,
                verbose=False,
            )
        except Exception as error:  # the exporter raises many kinds of errors
            reason = str(error).strip().splitlines()[0]
            raise InputError(
                f"The model's part `{graph.name}` cannot be written as an ONNX graph: {reason}"
            ) from error
    written = program.model_proto
    _name(written, graph)
    return written


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Without what loggers say: PyTorch tries several ways, and speaks of each that failed as of an error."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _name(written, graph: Graph) -> None:
    """
    Gives axes their names, and leaves out where in our sources each node came from.

    What is in between is numbered: the exporter's names change from run to run, and equal models get equal files.
    """
    for value in written.graph.input:
        for dimension, axis in zip(value.type.tensor_type.shape.dim, graph.inputs[value.name], strict=True):
            if isinstance(axis, str):
                dimension.dim_param = axis
    kept = {value.name for value in (*written.graph.input, *written.graph.output, *written.graph.initializer)}
    numbered: dict[str, str] = {}
    for number, node in enumerate(written.graph.node):
        node.name = f"{node.op_type}_{number}"
        node.input[:] = [numbered.get(name, name) for name in node.input]
        for place, name in enumerate(node.output):
            if name and name not in kept:
                node.output[place] = numbered[name] = f"value_{len(numbered)}"
        node.doc_string = ""
    del written.graph.value_info[:]
    for part in (written, written.graph, *written.graph.node, *written.graph.input, *written.graph.output):
        del part.metadata_props[:]
    written.producer_version = __version__
    written.producer_name = "micron-bert"


def _described(path: Path, difference: float) -> GraphFile:
    import onnx

    graph = onnx.load(path).graph
    inputs, outputs = (
        {value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in values}
        for values in (graph.input, graph.output)
    )
    return GraphFile(hashlib.sha256(path.read_bytes()).hexdigest(), inputs, outputs, difference)


def _record(model, processor, files: dict[str, GraphFile]) -> Record:
    config, course = model.config, None
    if model.course is not None:
        calibration = config.course_calibration and [[float(x) for x in row] for row in config.course_calibration]
        course = CourseRecord(
            list(config.course_labels), list(KINDS), STEP, model.course.back, model.course.ahead, calibration
        )
    return Record(
        version=__version__,
        weights=digest_of_model(model),
        size=config.image_size,
        patch_size=config.patch_size,
        mean=[float(x) for x in processor.image_mean],
        deviation=[float(x) for x in processor.image_std],
        labels=[config.id2label[number] for number in range(config.num_labels)],
        multi_label=config.problem_type == "multi_label_classification",
        displaces=config.classifier != "pooled",
        eye_distance=EYE_DISTANCE,
        eyes_centre=list(EYES_CENTRE),
        action_units=list(config.action_units),
        action_unit_thresholds=list(unit_thresholds(config)),
        course=course,
        graphs=files,
    )
