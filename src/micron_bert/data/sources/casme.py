"""CASME: `CASME_raw_selected/sub01/EP01_5/EP01_5-12.jpg`, cropped `reg_EP01_5-12.jpg`."""

import re
from pathlib import Path

from micron_bert.data.paths import Tree
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.data.sources.source import COLUMNS, Source, pad, read_annotation, read_coding

PATTERNS = ("^casme(?![23]|sq)",)
SHEET = COLUMNS | {"second_apex": ("ApexF2",)}


def read(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """The rows of CASME. The apex is `ApexF1`; a second one is noted."""
    clips = []
    for row in read_annotation(tree, report, annotation, PATTERNS, SHEET, ("subject", "filename", "onset", "emotion")):
        subject = "sub" + pad(re.sub(r"^sub", "", row.text("subject"), flags=re.IGNORECASE), 2)
        clip = Clip("casme", subject, row.name("filename"), 60.0, row=f"row {row.number}")
        if not row.text("subject") or not clip.clip:
            report.drop(f"row {row.number}", "it names no clip")
            continue
        if not read_coding(clip, row, report):
            continue
        second = row.text("second_apex")
        if second not in ("", "0", "/", row.text("apex")):
            report.note(clip.name, f"there is a second apex, {second}; the first is taken")
        clip.folders = tree.find(subject, clip.clip)
        clips.append(clip)
    return clips


SOURCE = Source(
    title="CASME",
    read=read,
    layout="CASME_raw_selected/sub01/EP01_5/EP01_5-12.jpg",
    annotation="the sheet with the columns Emotion, Subject, Filename, OnsetF, ApexF1, ApexF2, OffsetF, AU",
    paper="Yan et al., IEEE Face and Gesture 2013",
    owner="Institute of Psychology, Chinese Academy of Sciences",
    page=None,
    published={"rows": 189},
)
