"""MMEW: `Micro_Expression/anger/S13-07-001/1.jpg` as delivered, `S03/happiness/S03-01-002/1.jpg` as described."""

from pathlib import Path

from micron_bert.data.paths import Tree, loose
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.data.sources.source import COLUMNS, Source, pad, read_annotation, read_coding

WHY = "the later version"
PATTERNS = ("^mmewmicroexpv2", "^mmewmicroexp", "^mmew")


def read(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """The micro-expressions of MMEW; its macro-expressions are single pictures without course and are not read."""
    clips = []
    for row in read_annotation(tree, report, annotation, PATTERNS, COLUMNS, ("filename", "onset", "emotion"), why=WHY):
        name = row.name("filename")
        if not name:
            report.drop(f"row {row.number}", "it names no clip")
            continue
        number = row.text("subject").upper().removeprefix("S") or name.split("-")[0].upper().removeprefix("S")
        clip = Clip("mmew", "S" + pad(number, 2), name, 90.0, row=f"row {row.number}")
        named = name.split("-")[0]
        if "-" in name and loose(named) != loose(clip.subject):
            report.mend(clip.name, f"the sheet says subject {clip.subject}, the clip {named}; the clip is believed")
            clip.subject = named.upper()
        if not read_coding(clip, row, report):
            continue
        clip.folders = [f for f in tree.find(name) if "macro" not in str(f.relative_to(tree.root)).lower()]
        clips.append(clip)
    return clips


SOURCE = Source(
    title="MMEW",
    read=read,
    layout="Micro_Expression/anger/S13-07-001/1.jpg",
    annotation="MMEW_Micro_Exp.xlsx",
    paper="Ben et al., IEEE Transactions on Pattern Analysis and Machine Intelligence 2022",
    owner="Shandong University",
    page="the authors' repository benxianyeteam/MMEW-Dataset on GitHub",
    published={"rows": 300},
)
