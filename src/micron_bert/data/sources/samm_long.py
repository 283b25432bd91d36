"""SAMM Long Videos: `SAMM_longvideos/006_1/006_1_0001.jpg`, and sheets whose header is ten rows of explanations."""

import re
from pathlib import Path

from micron_bert.data.intervals import read_interval
from micron_bert.data.paths import Tree, loose
from micron_bert.data.report import Report
from micron_bert.data.schema import MACRO, MICRO, Clip
from micron_bert.data.sheets import read_sheets
from micron_bert.data.sources.samm import PATTERNS as FACS
from micron_bert.data.sources.samm import SHEET as FACS_SHEET
from micron_bert.data.sources.source import COLUMNS as COMMON
from micron_bert.data.sources.source import Source, not_read, pad, read_units
from micron_bert.data.tables import is_kind, read_placed, read_table
from micron_bert.errors import InputError

COLUMNS = ("subject", "filename", "code", "onset", "apex", "offset", "duration", "type", "action_units", "notes")
NAMED = {**COMMON, "type": ("Type", "Expression type", "Interval type")}
PATTERNS = ("^sammlongvideosv3", "^sammlongvideosv2", "^sammlongvideosv1", "^sammlongvideos")
VIDEO = re.compile(r"\d+_\d+(?=_|$)")


def read(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """Micro- and macro-expressions; emotions of the micro-expressions from SAMM's own sheet where it is there."""
    paths = [annotation] if annotation else tree.tables_named(*PATTERNS)
    if not paths:
        raise InputError(
            f"`{tree.root}` has no `SAMM_LongVideos_V3_Release.xlsx` (or V2, V1); put it there, or name it with "
            "`annotation`."
        )
    for other in paths[1:]:
        report.note(str(other), not_read(other, paths[0], "the latest version"))
    sheets = read_sheets(paths[0]).values()
    cells = next((rows for rows in sheets if any(is_kind(cell) for row in rows for cell in row)), None)
    if cells is None:
        raise InputError(f"`{paths[0]}` has no row of a micro- or macro-expression.")
    report.annotations.append(str(paths[0]))
    emotions = _emotions(tree, report)
    clips = []
    for row in read_placed(cells, paths[0], COLUMNS, NAMED, ("subject", "filename", "onset", "type")):
        if not is_kind(row.text("type")):
            if VIDEO.match(row.name("filename")):
                report.drop(f"{row.text('filename')} (row {row.number})", f"its type is `{row.text('type')}`")
            continue
        clip = Clip("samm_long", pad(row.text("subject"), 3), row.name("filename"), 200.0, row=f"row {row.number}")
        clip.whole = False
        clip.interval_type = MICRO if row.text("type").lower().startswith(MICRO) else MACRO
        if not read_interval(clip, row, report):
            continue
        if clip.interval_type == MACRO and clip.onset <= 1:
            report.note(clip.name, "the macro-expression begins before the video; it is usually left out")
        clip.action_units = read_units(clip, row, report)
        if clip.interval_type == MICRO:
            clip.emotion = emotions.get(loose(clip.clip))
        video = VIDEO.match(clip.clip)
        clip.folders = tree.find(video[0]) if video else []
        clips.append(clip)
    return clips


def _emotions(tree: Tree, report: Report) -> dict[str, str]:
    for path in tree.tables_named(*FACS):
        rows = read_table(path, FACS_SHEET, ("subject", "filename", "emotion")).rows
        report.annotations.append(str(path))
        return {loose(row.name("filename")): row.text("emotion").lower() for row in rows}
    report.note("emotions", "there is no `SAMM_Micro_FACS_Codes_v2.xlsx` in the folder; emotions are left open")
    return {}


SOURCE = Source(
    title="SAMM Long Videos",
    read=read,
    layout="SAMM_longvideos/006_1/006_1_0001.jpg",
    annotation="SAMM_LongVideos_V3_Release.xlsx",
    paper="Yap et al., IEEE Face and Gesture 2020",
    owner="Manchester Metropolitan University",
    page=None,
    published={"rows": 502, "subjects": 30, "interval types": {"micro": 159, "macro": 343}},
)
