"""DFME: one sheet for training and one for each test part."""

from pathlib import Path

from micron_bert.data.intervals import read_rate
from micron_bert.data.paths import Tree
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.data.sources.source import COLUMNS, Source, read_annotation, read_coding

PATTERNS = ("dfme", "train", "test")
SHEET = COLUMNS | {"fps": ("Fps",)}
FPS = 500.0


def read(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """The rows of all sheets of DFME; the frame rate differs from row to row."""
    required = ("subject", "filename", "onset")
    clips = []
    for row in read_annotation(tree, report, annotation, PATTERNS, SHEET, required, every=True):
        clip = Clip("dfme", row.text("subject"), row.name("filename"), FPS, row=f"row {row.number}")
        if not clip.subject or not clip.clip:
            report.drop(f"row {row.number}", "it names no clip")
            continue
        read_rate(clip, row, report)
        if clip.subject.isdigit():
            clip.subject = f"sub{int(clip.subject):04d}"
        if not read_coding(clip, row, report):
            continue
        clip.folders = tree.find(clip.subject, clip.clip) or tree.find(clip.clip)
        clip.video = next(iter(tree.videos_named(clip.clip)), None)
        clips.append(clip)
    return clips


SOURCE = Source(
    title="DFME",
    read=read,
    layout="sub0003/sub0003_01/1.jpg",
    annotation="the sheets with the columns Subject, Filename, OnsetFrame, ApexFrame, OffsetFrame, Emotion, Fps, AU",
    paper="Zhao et al., DFME: A New Benchmark for Dynamic Facial Micro-expression Recognition",
    owner="the authors of the paper",
    page=None,
    published={"rows": 2629},
)
