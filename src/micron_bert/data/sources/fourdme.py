"""
4DME, the grey videos: `gray_micro/<subject>/<clip>/…`, in some copies `gray_micro/<clip>/…`; a clip may show several
emotions at once.
"""

from pathlib import Path

from micron_bert.data.paths import Tree, loose
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.data.sources.source import COLUMNS, Source, read_annotation, read_coding
from micron_bert.data.tables import Row

PATTERNS = ("^4dmelabellingmicro", "^4dme")
FLAGS = ("positive", "negative", "surprise", "repression", "others")
SHEET = COLUMNS | {flag: (flag,) for flag in FLAGS}


def read(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """The rows of 4DME; several emotions are joined by `+`, action units marked `(k)` are static and left out."""
    rows = read_annotation(tree, report, annotation, PATTERNS, SHEET, ("subject", "filename", "onset", "emotion"))
    clips = []
    for row in _unswap(rows, report):
        clip = Clip("4dme", row.text("subject"), row.name("filename"), 60.0, row=f"row {row.number}")
        if not clip.subject or not clip.clip:
            report.drop(f"row {row.number}", "it names no clip")
            continue
        if not read_coding(clip, row, report):
            continue
        clip.emotion = clip.emotion and clip.emotion.replace(" ", "")
        clip.folders = _find_folders(tree, clip)
        clips.append(clip)
    return clips


def _find_folders(tree: Tree, clip: Clip) -> list[Path]:
    """Below the subject's folder; where none has this clip, wherever the name tells whose it is."""
    grey = [folder for folder in tree.find(clip.subject, clip.clip) if _is_grey(tree, folder)]
    named = loose(clip.clip).startswith(loose(clip.subject))
    flat = tree.find(clip.clip if named else f"{clip.subject}_{clip.clip}")
    return grey or [folder for folder in flat if _is_grey(tree, folder)]


def _is_grey(tree: Tree, folder: Path) -> bool:
    """Not one of the other cameras, where a folder on the way names one."""
    parts = [part.lower() for part in folder.relative_to(tree.root).parts]
    return not any(word in part for part in parts for word in ("kinect", "depth", "di4d", "mesh", "rgb"))


def _unswap(rows: list[Row], report: Report) -> list[Row]:
    """
    Neighbours whose action units were exchanged: the columns after the action units, among them one for each emotion,
    contradict the row's own emotion and fit the other's.
    """
    rows = list(rows)
    moved = ("action_units", *FLAGS)
    for first in range(len(rows) - 1):
        a, b = rows[first], rows[first + 1]
        if _emotions(a) == _emotions(b) or not (_flags(a) and _flags(b)):
            continue
        if _flags(a) == _emotions(b) and _flags(b) == _emotions(a):
            report.mend(
                f"{a.text('subject')}/{a.text('filename')} (row {a.number})",
                f"its action units and those of row {b.number} are exchanged in the sheet; they are put right",
            )
            rows[first] = Row(a.number, a.values | {column: b.values.get(column) for column in moved})
            rows[first + 1] = Row(b.number, b.values | {column: a.values.get(column) for column in moved})
    return rows


def _emotions(row: Row) -> set[str]:
    words = (word.strip().lower() for word in row.text("emotion").split("+"))
    return {"others" if word == "other" else word for word in words if word}


def _flags(row: Row) -> set[str]:
    return {flag for flag in FLAGS if row.text(flag) == "1"}


SOURCE = Source(
    title="4DME",
    read=read,
    layout="gray_micro/<subject>/<clip>/1.jpg",
    annotation="4DME_Labelling_Micro_release v1.xlsx",
    paper="Li et al., IEEE Transactions on Affective Computing 2022",
    owner="University of Oulu",
    page=None,
    published={"rows": 267, "subjects": 41},
)
