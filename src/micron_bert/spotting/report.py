"""The files of a spotting: tables, the curve, and a sheet of the apexes."""

import csv
import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.output_folder import json_text, whole_file, write_text
from micron_bert.pictures.figure import to_bytes
from micron_bert.recognition.detection import to_json
from micron_bert.recognition.result_files import RECORD, document, whole_results
from micron_bert.spotting.curve_plot import draw_curve
from micron_bert.spotting.interval import REGIONS, Curve, Interval, Spotting
from micron_bert.spotting.pictures import draw_sheet
from micron_bert.spotting.tables import to_csv, to_eaf, to_vtt
from micron_bert.video.reader import open_video

FIGURES = ("png", "pdf")  # that the curve is drawn as unless others are asked for


def write_report(
    spotting: Spotting,
    source: str | os.PathLike,
    folder: str | os.PathLike,
    fps: float | None = None,
    model: str | None = None,
    figures: Sequence[str] = FIGURES,
) -> list[Path]:
    """
    Writes the files of a spotting, all or none.

    Args:
        spotting ([`Spotting`]): what to report.
        source (`str` or `os.PathLike`): the film, which is read again for the pictures of the apexes.
        folder (`str` or `os.PathLike`): made if it is not there.
        fps (`float`, *optional*): rate that the source was read with.
        model (`str`, *optional*): folder or Hub id of the model, for `result.json`.
        figures (`Sequence[str]`, defaults to `("png", "pdf")`): kinds of files of the curve; `"svg"` too.

    Returns:
        `list[Path]`: `intervals.csv`, `intervals.eaf`, `intervals.vtt`, `curve.csv`, `curve.png`, `curve.pdf`;
        `curve_1.csv`, `curve_1.png`, … for the other faces; where anything was spotted `apexes.png`; `result.json`.

    Raises:
        [`InputError`]: they cannot be written.
    """
    folder, source = Path(folder), Path(source)
    intervals, names = spotting.intervals, []
    with whole_results(folder) as draft:

        def put(name: str, content: str | bytes) -> None:
            names.append(name)
            if isinstance(content, bytes):
                with whole_file(draft / name) as place:
                    place.write_bytes(content)
            else:
                write_text(draft / name, content)

        put("intervals.csv", to_csv(intervals))
        put("intervals.eaf", to_eaf(intervals, source if source.is_file() else None))
        put("intervals.vtt", to_vtt(intervals))
        for position, (number, curve) in enumerate(spotting.curves.items()):
            stem = "curve" if position == 0 else f"curve_{number}"
            put(f"{stem}.csv", _curve_table(curve))
            own = [interval for interval in intervals if interval.face == number]
            figure = draw_curve(curve, own, spotting.thresholds)
            for kind in figures:
                put(f"{stem}.{kind}", to_bytes(figure, kind))
        sheet = _sheet(source, fps, intervals)
        if sheet is not None:
            Image.fromarray(sheet).save(draft / "apexes.png")
            names.append("apexes.png")
        put(RECORD, json_text(document(to_json(spotting.detection), source, model, [*names, RECORD])))
    return [folder / name for name in names]


def _sheet(source: Path, fps: float | None, intervals: list[Interval]) -> np.ndarray | None:
    """The sheet of apexes; `None` also, with a warning, where the film cannot be read again."""
    try:
        with open_video(source, fps) as video:
            return draw_sheet(video, intervals)
    except (InputError, OSError) as error:
        warnings.warn(f"There is no sheet of apexes: {error}", stacklevel=2)
        return None


def _curve_table(curve: Curve) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["frame", "seconds", "face", "movement", *REGIONS])
    columns = (curve.indices, curve.times, curve.present, curve.movement, *(curve.regions[name] for name in REGIONS))
    for index, time, present, *values in zip(*columns, strict=True):
        writer.writerow([index, f"{time:.4f}", int(present), *("" if v != v else f"{v:.4f}" for v in values)])
    return text.getvalue()
