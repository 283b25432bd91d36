"""What a spotting leaves behind: tables, the curve, and a sheet of the apexes."""

import csv
import io
import json
import os
from pathlib import Path

from PIL import Image

from micron_bert import __version__
from micron_bert.output_folder import whole_file, write_text
from micron_bert.recognition.detection import to_json
from micron_bert.spotting.curve_plot import draw_curve, to_bytes
from micron_bert.spotting.interval import REGIONS, Curve, Spotting
from micron_bert.spotting.pictures import draw_sheet
from micron_bert.spotting.tables import to_csv, to_eaf, to_vtt
from micron_bert.video.reader import open_video


def write_report(
    spotting: Spotting, source: str | os.PathLike, folder: str | os.PathLike, fps: float | None = None
) -> list[Path]:
    """
    Writes the files of a spotting, each complete or not at all.

    Args:
        spotting ([`Spotting`]): what to report.
        source (`str` or `os.PathLike`): the film, which is read again for the pictures of the apexes.
        folder (`str` or `os.PathLike`): made if it is not there.
        fps (`float`, *optional*): rate that the source was read with.

    Returns:
        `list[Path]`: `intervals.csv`, `intervals.eaf`, `intervals.vtt`, `result.json`, `curve.csv`,
        `curve.png`, `curve.pdf`, and, where anything was spotted, `apexes.png`;
        `curve_1.csv`, `curve_1.png`, … for the other faces.
    """
    folder, source = Path(folder), Path(source)
    folder.mkdir(parents=True, exist_ok=True)
    intervals = spotting.intervals
    files = [
        write_text(folder / "intervals.csv", to_csv(intervals)),
        write_text(folder / "intervals.eaf", to_eaf(intervals, source if source.is_file() else None)),
        write_text(folder / "intervals.vtt", to_vtt(intervals)),
        write_text(folder / "result.json", _result(spotting, source)),
    ]
    for position, (number, curve) in enumerate(spotting.curves.items()):
        stem = "curve" if position == 0 else f"curve_{number}"
        files.append(write_text(folder / f"{stem}.csv", _curve_table(curve)))
        own = [interval for interval in intervals if interval.face == number]
        figure = draw_curve(curve, own, spotting.thresholds)
        for kind in ("png", "pdf"):
            with whole_file(folder / f"{stem}.{kind}") as draft:
                Path(draft).write_bytes(to_bytes(figure, kind))
            files.append(folder / f"{stem}.{kind}")
    with open_video(source, fps) as video:
        sheet = draw_sheet(video, intervals)
    if sheet is not None:
        files.append(_save(folder / "apexes.png", sheet))
    else:
        # a sheet of a run before would show what is not there any more
        (folder / "apexes.png").unlink(missing_ok=True)
    return files


def _result(spotting: Spotting, source: Path) -> str:
    content = {**to_json(spotting.detection), "source": str(source), "version": __version__}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _save(path: Path, picture) -> Path:
    with whole_file(path) as draft:
        Image.fromarray(picture).save(draft, format="PNG")
    return path


def _curve_table(curve: Curve) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["frame", "seconds", "face", "movement", *REGIONS])
    columns = (curve.indices, curve.times, curve.present, curve.movement, *(curve.regions[name] for name in REGIONS))
    for index, time, present, *values in zip(*columns, strict=True):
        writer.writerow([index, f"{time:.4f}", int(present), *("" if v != v else f"{v:.4f}" for v in values)])
    return text.getvalue()
