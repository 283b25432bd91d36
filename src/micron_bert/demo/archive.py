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
from micron_bert.recognition.report import draw, to_json
from micron_bert.spotting import Curve, Interval


def pack(analysis: Analysis, model: str) -> bytes:
    """
    The files of one analysis: `result.json`, `movement.png`, `flip.gif` and, for a clip, `movement.csv`.

    Args:
        analysis ([`Analysis`]):
            What to pack.
        model (`str`):
            Name of the model, for `result.json`.
    """
    result = {
        **to_json(analysis.recognition),
        "expressions": [_plain(interval) for interval in analysis.intervals],
        "model": model,
        "version": __version__,
    }
    picture = io.BytesIO()
    Image.fromarray(draw(analysis.recognition)).save(picture, "PNG")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("result.json", json.dumps(result, indent=2) + "\n")
        archive.writestr("movement.png", picture.getvalue())
        archive.writestr("flip.gif", draw_flip(pair_views(analysis.recognition)))
        if analysis.curve is not None:
            archive.writestr("movement.csv", _table(analysis.curve))
    return buffer.getvalue()


def _plain(interval: Interval) -> dict:
    frames = {"onset": interval.onset, "apex": interval.apex, "offset": interval.offset}
    seconds = {"start": interval.start, "peak": interval.peak, "end": interval.end}
    return {
        **frames,
        **{name: round(value, 4) for name, value in seconds.items()},
        "kind": interval.kind,
        "confidence": round(interval.confidence, 4),
        "region": interval.region,
        "label": interval.label,
    }


def _table(curve: Curve) -> str:
    """One row a frame: number, seconds, movement over all and by region in % of the distance between the eyes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["frame", "seconds", "movement", *curve.regions])
    for row, (number, time) in enumerate(zip(curve.indices, curve.times, strict=True)):
        values = [curve.movement[row], *(values[row] for values in curve.regions.values())]
        writer.writerow([number, f"{time:.4f}", *("" if np.isnan(value) else f"{value:.4f}" for value in values)])
    return text.getvalue()
