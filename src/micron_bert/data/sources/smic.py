"""
SMIC: `HS/s1/micro/negative/s1_ne_01/image000559.bmp`, where the folder is the label, and its extended version
`HS_long/SMIC-HS-E/s03/s3_ne_01/image090823.jpg` with sheets.
"""

import re
from functools import partial
from pathlib import Path

from micron_bert.data.intervals import read_interval
from micron_bert.data.paths import Tree, loose
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.data.sources.source import Source, read_annotation
from micron_bert.data.tables import Row
from micron_bert.errors import InputError

FPS = {"hs": 100.0, "vis": 25.0, "nir": 25.0}
EMOTIONS = {"ne": "negative", "po": "positive", "sur": "surprise"}
NAME = re.compile(r"s0*(\d+)_(ne|po|su?r?)_0*(\d+)", re.IGNORECASE)
EXTENDED = {
    "subject": ("Subject",),
    "filename": ("Filename",),
    "onset": ("OnsetF", "Onset"),
    "offset": ("OffsetF", "Offset"),
    "onset2": ("Onset2F",),
    "offset2": ("Offset2F",),
    "onset3": ("Onset3F",),
    "offset3": ("Offset3F",),
    "emotion": ("Emotion",),
}


def normal_name(name: str) -> tuple[str, str, str] | None:
    """
    Subject, clip and emotion of a clip's name as the composite's list spells it: `s3_ne_03` is `s03`, `s03_ne_03`,
    `"negative"`; None where the name is another kind.
    """
    match = NAME.fullmatch(name.strip())
    if not match:
        return None
    code = "sur" if match[2].lower().startswith("s") else match[2].lower()
    subject = f"s{int(match[1]):02d}"
    return subject, f"{subject}_{code}_{int(match[3]):02d}", EMOTIONS[code]


def read_short(tree: Tree, report: Report, annotation: Path | None, camera: str) -> list[Clip]:
    """The micro-expressions of one camera; each folder is a clip from onset to offset."""
    clips: dict[str, Clip] = {}
    for folder in tree.folders:
        lower = _parts(tree, folder)
        if "micro" not in lower[:-1] or normal_name(folder.name) is None or _camera(lower) not in (camera, None):
            continue
        subject, name, emotion = normal_name(folder.name)
        if name in clips:
            clips[name].folders.append(folder)
            continue
        clip = clips[name] = Clip("smic_" + camera, subject, name, FPS[camera], emotion=emotion, folders=[folder])
        parent = lower[-2]
        if parent in EMOTIONS.values() and parent != emotion:
            clip.emotion = parent
            report.mend(clip.name, f"it is in the folder `{parent}` but named {emotion}; the folder is believed")
    if not clips:
        raise InputError(
            f"`{tree.root}` has no clips of SMIC-{camera.upper()}; they are in folders such as "
            f"`{camera.upper()}/s1/micro/negative/s1_ne_01`."
        )
    return list(clips.values())


def _parts(tree: Tree, folder: Path) -> list[str]:
    """Folders on the way from the root, and the root."""
    return [part.lower() for part in (tree.root.name, *folder.relative_to(tree.root).parts)]


def _camera(parts: list[str]) -> str | None:
    """The camera that a path names; the innermost folder counts."""
    for part in reversed(parts):
        words = re.split(r"[\W_]+", part)
        found = next((camera for camera in FPS if camera in words), None)
        if found:
            return found
    return None


def read_extended(tree: Tree, report: Report, annotation: Path | None, camera: str) -> list[Clip]:
    """The longer clips of one camera; a clip with several micro-expressions gives several rows."""
    patterns = (f"smic{camera}eannotation", f"smic{camera}e")
    rows = read_annotation(tree, report, annotation, patterns, EXTENDED, ("filename", "onset", "offset"))
    clips: dict[tuple[str, int | None], Clip] = {}
    counts: dict[str, int] = {}
    for row in rows:
        named = normal_name(row.name("filename"))
        if named is None:
            text = next((row.text(column) for column in EXTENDED if row.text(column)), "")
            remark = report.drop if row.text("onset") else report.note  # below the table stand words
            remark(f"row {row.number}", f"it names no clip (`{text}`)")
            continue
        subject, name, emotion = named
        folders = [
            folder
            for spelling in (row.name("filename"), name, loose(name))
            for folder in tree.find(spelling)
            if _camera(_parts(tree, folder)) in (camera, None) and "micro" not in _parts(tree, folder)
        ]
        for which in ("", "2", "3"):
            cells = {moment: row.values.get(moment + which) for moment in ("onset", "offset")}
            part = Row(row.number, cells)
            if which and part.text("onset") in ("", "0", "/"):
                continue
            clip = Clip(f"smic_{camera}_e", subject, name, FPS[camera], emotion=emotion, row=f"row {row.number}")
            clip.folders = list(dict.fromkeys(folders))
            if not read_interval(clip, part, report):
                continue
            if (name, clip.onset) in clips:
                report.drop(clip.name, f"it repeats {clips[name, clip.onset].row}")
                continue
            counts[name] = counts.get(name, 0) + 1
            if counts[name] > 1:
                clip.clip = f"{name}_{counts[name]}"
            clips[name, clip.onset] = clip
    return list(clips.values())


def _source(camera: str, extended: bool) -> Source:
    short = {
        "hs": {"rows": 164, "subjects": 16, "emotions": {"negative": 70, "positive": 51, "surprise": 43}},
        "vis": {"rows": 71, "subjects": 8, "emotions": {"negative": 23, "positive": 28, "surprise": 20}},
        "nir": {"rows": 71, "subjects": 8},
    }
    # rows are micro-expressions: 162 clips of the high-speed camera, five of them with two; 71 of each other camera
    longer = {
        "hs": {"rows": 167, "subjects": 16, "emotions": {"negative": 73, "positive": 51, "surprise": 43}},
        "vis": {"rows": 76, "subjects": 8},
        "nir": {"rows": 76, "subjects": 8},
    }
    folders = f"{camera.upper()}_long/SMIC-{camera.upper()}-E/s03/s3_ne_01/image090823.jpg"
    return Source(
        title=f"SMIC-{camera.upper()}" + ("-E" if extended else ""),
        read=partial(read_extended if extended else read_short, camera=camera),
        layout=folders if extended else f"{camera.upper()}/s1/micro/negative/s1_ne_01/image000559.bmp",
        annotation=f"SMIC-{camera.upper()}-E_annotation.xlsx" if extended else None,
        paper="Li et al., IEEE Face and Gesture 2013",
        owner="University of Oulu",
        page="the university's page on SMIC (oulu.fi, node 41319)",
        published=(longer if extended else short)[camera],
    )


SOURCES = {f"smic_{camera}{suffix}": _source(camera, bool(suffix)) for camera in FPS for suffix in ("", "_e")}
