"""SAMM: `SAMM/006/006_1_2/006_05562.jpg`, in some folders with four digits only."""

from pathlib import Path

from micron_bert.data.paths import Tree
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.data.sources.source import COLUMNS, Source, pad, read_annotation, read_coding, read_objective_class

PATTERNS = ("sammmicrofacscodes", "^samm(?!long).*facs", "^samm$")
SHEET = COLUMNS | {"class": ("Objective Classes", "Objective Class"), "micro": ("Micro",)}


def read(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """The rows of SAMM, whose header follows a page of explanations."""
    clips = []
    for row in read_annotation(tree, report, annotation, PATTERNS, SHEET, ("subject", "filename", "onset", "emotion")):
        clip = Clip("samm", pad(row.text("subject"), 3), row.name("filename"), 200.0, row=f"row {row.number}")
        if not row.text("subject") or not clip.clip:
            report.drop(f"row {row.number}", "it names no clip")
            continue
        if not read_coding(clip, row, report):
            continue
        clip.objective_class = read_objective_class(row.text("class"))
        clip.folders = tree.find(clip.subject, clip.clip)
        clips.append(clip)
    return clips


SOURCE = Source(
    title="SAMM",
    read=read,
    layout="SAMM/006/006_1_2/006_05562.jpg",
    annotation="SAMM_Micro_FACS_Codes_v2.xlsx",
    paper="Davison et al., IEEE Transactions on Affective Computing 2018",
    owner="Manchester Metropolitan University",
    page=None,
    published={
        "rows": 159,
        "subjects": 29,
        "emotions": {
            "anger": 57,
            "other": 26,
            "happiness": 26,
            "surprise": 15,
            "contempt": 12,
            "disgust": 9,
            "fear": 8,
            "sadness": 6,
        },
        "objective classes": {1: 24, 2: 13, 3: 20, 4: 8, 5: 3, 6: 7, 7: 84},
        "three classes": 133,
        "five classes": 136,
    },
)
