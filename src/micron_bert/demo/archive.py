"""The result that a visitor takes home: one zip file."""

import csv
import io
import json
import zipfile

import numpy as np
from PIL import Image

from micron_bert import __version__
from micron_bert.demo.analysis import Analysis
from micron_bert.recognition.pair_views import draw_flip, pair_views
from micron_bert.recognition.report import draw, draw_units, tells_units, to_json
from micron_bert.spotting import Curve

FLIP, PICTURE, UNITS, TABLE = "flip.gif", "movement.png", "action_units.png", "movement.csv"


def pack(analysis: Analysis, model: str) -> bytes:
    """
    All files of one analysis: `result.json` and those of [`files_of`].

    Args:
        analysis ([`Analysis`]): what to pack.
        model (`str`): name of the model, for `result.json`.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("result.json", json.dumps(record_of(analysis, model), indent=2) + "\n")
        for name, content in files_of(analysis).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def record_of(analysis: Analysis, model: str) -> dict:
    """The content of `result.json`, as `micron-bert recognize` writes it, without the name of the upload."""
    return {**to_json(analysis.recognition), "model": model, "version": __version__}


def files_of(analysis: Analysis) -> dict[str, bytes]:
    """The pictures, of a model that tells action units also theirs, and of a clip the table of the movement."""
    found = analysis.recognition
    views = pair_views(found)
    files = {FLIP: draw_flip(views), PICTURE: _png(draw(found, views))}
    if tells_units(found):
        files[UNITS] = _png(draw_units(found))
    if analysis.curve is not None:
        files[TABLE] = _table(analysis.curve).encode()
    return files


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def _table(curve: Curve) -> str:
    """One row a frame: number, seconds, movement over all and by region in % of the distance between the eyes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["frame", "seconds", "movement", *curve.regions])
    for row, (number, time) in enumerate(zip(curve.indices, curve.times, strict=True)):
        values = [curve.movement[row], *(values[row] for values in curve.regions.values())]
        writer.writerow([number, f"{time:.4f}", *("" if np.isnan(value) else f"{value:.4f}" for value in values)])
    return text.getvalue()
