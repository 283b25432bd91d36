"""The ONNX graphs in the model's repository, for `transformers.js` and for the package without torch."""

import shutil
from pathlib import Path

from micron_bert.onnx.export import export_model
from micron_bert.onnx.graphs import GRAPHS
from micron_bert.onnx.record import PRECISIONS, RECORD_FILE, Record
from micron_bert.onnx.runtime import FOLDER
from micron_bert.onnx.weights import digest_of_model


def add_graphs(recognizer, source: Path, folder: Path) -> None:
    """
    Puts a model's graphs under `onnx/` of a folder: those of its own folder where they are whole and of these weights.

    Args:
        recognizer ([`Recognizer`]): the model, run by torch.
        source (`Path`): the folder that it came from.
        folder (`Path`): that of the repository.

    Raises:
        [`InputError`]: the model cannot be exported.
        ImportError: a package that the export needs is not installed.
    """
    ready = source / FOLDER
    if not _whole(ready, recognizer.model):
        export_model(recognizer.model, recognizer.processor, folder / FOLDER)
        return
    (folder / FOLDER).mkdir(parents=True)
    for name in (*Record.load(ready).graphs, RECORD_FILE):
        shutil.copy(ready / name, folder / FOLDER)


def _whole(folder: Path, model) -> bool:
    if not (folder / RECORD_FILE).is_file():
        return False
    record = Record.load(folder)
    graphs = [name for name in GRAPHS if name != "course" or model.course is not None]
    wanted = {f"{name}{precision}.onnx" for name in graphs for precision in PRECISIONS}
    there = all((folder / name).is_file() for name in record.graphs)
    return there and wanted <= record.graphs.keys() and record.weights == digest_of_model(model)
