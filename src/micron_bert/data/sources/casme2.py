"""CASME II: `CASME2-RAW/sub01/EP02_01f/img46.jpg` or `Cropped/sub01/EP02_01f/reg_img46.jpg`."""

import re
from pathlib import Path

from micron_bert.data.paths import Tree, loose
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.data.sources.source import COLUMNS, Source, pad, read_annotation, read_coding, read_objective_class
from micron_bert.data.tables import read_table

# the first is the one that users get, and the one that published counts are of
PATTERNS = ("^casme2coding20140508", "^casme2coding20190701", "^casme2coding")
WHY = "the version that published counts are of"
SHEET = COLUMNS | {"class": ("Objective Classes", "Objective Class")}
OBJECTIVE = {"subject": ("Subject",), "filename": ("Filename",), "class": ("Objective Class", "Objective Classes")}


def read(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """
    The rows of CASME II; objective classes from a column of the sheet where it has one, else from
    `CASME2-ObjectiveClasses.xlsx` where that is there.
    """
    required = ("subject", "filename", "onset", "emotion")
    rows = read_annotation(tree, report, annotation, PATTERNS, SHEET, required, rare=("class",), why=WHY)
    in_sheet = any(row.text("class") for row in rows)
    classes = {} if in_sheet else _objective_classes(tree, report)
    clips = []
    for row in rows:
        subject = "sub" + pad(re.sub(r"^sub", "", row.text("subject"), flags=re.IGNORECASE), 2)
        clip = Clip("casme2", subject, row.name("filename"), 200.0, row=f"row {row.number}")
        if not row.text("subject") or not clip.clip:
            report.drop(f"row {row.number}", "it names no clip")
            continue
        if not read_coding(clip, row, report):
            continue
        clip.objective_class = (
            read_objective_class(row.text("class")) if in_sheet else classes.get((loose(subject), loose(clip.clip)))
        )
        clip.folders = tree.find(subject, clip.clip)
        clips.append(clip)
    return clips


def _objective_classes(tree: Tree, report: Report) -> dict:
    for path in tree.tables_named("casme2objectiveclass"):
        rows = read_table(path, OBJECTIVE, tuple(OBJECTIVE)).rows
        report.annotations.append(str(path))
        return {
            (loose("sub" + pad(row.text("subject"), 2)), loose(row.name("filename"))): read_objective_class(
                row.text("class")
            )
            for row in rows
        }
    report.note("objective classes", "there is no `CASME2-ObjectiveClasses.xlsx`; they are left open")
    return {}


SOURCE = Source(
    title="CASME II",
    read=read,
    layout="CASME2-RAW/sub01/EP02_01f/img46.jpg",
    annotation="CASME2-coding-20140508.xlsx",
    paper="Yan et al., PLoS ONE 2014",
    owner="Institute of Psychology, Chinese Academy of Sciences",
    page=None,
    published={
        "rows": 255,
        "subjects": 26,
        "emotions": {
            "others": 99,
            "disgust": 63,
            "happiness": 32,
            "repression": 27,
            "surprise": 25,
            "sadness": 7,
            "fear": 2,
        },
        "objective classes": {1: 25, 2: 15, 3: 99, 4: 26, 5: 20, 6: 1, 7: 69},
        "three classes": 147,
        "five classes": 246,
    },
)
