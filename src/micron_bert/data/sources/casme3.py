"""
CAS(ME)^3: part A `part_A/spNO.1/a/color/359.jpg` or `Part_A_ME_clip/frame/spNo.1_a_355/355.jpg`, part B without
labels, part C from a mock crime.
"""

import re
from pathlib import Path

from micron_bert.data.paths import Tree
from micron_bert.data.report import Report
from micron_bert.data.schema import MACRO, MICRO, Clip
from micron_bert.data.sources.source import COLUMNS, Source, read_annotation, read_coding, read_objective_class
from micron_bert.errors import InputError

FPS = 30.0
# the second version, its later revisions, the first version, then those with macro-expressions
PATTERNS = (
    "casme3partamelabeljpgindexv2$",
    "casme3partamelabeljpgindexv2",
    "casme3partamelabel",
    "casme3partav2",
    "casme3partamae",
    "casme3parta(?!wrongly|error)",
)
WHY = "the version that papers count"
PART_A = COLUMNS | {
    "subject": ("Subject", "sub"),
    "filename": ("Filename", "seq"),
    "class": ("Objective class",),
    "type": ("Expression type",),
    "shade": ("shade",),
}
PART_C = {
    "subject": ("sub", "Subject"),
    "filename": ("count",),
    "onset": ("onset",),
    "offset": ("offset",),
    "action_units": ("au",),
    "emotion": ("emotion",),
}


def read_part_a(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """
    The rows of part A. A video has several expressions, so a clip is named after its video and its onset: `a_355`.

    Micro-expressions, unless the sheet that is named has macro-expressions too.
    """
    required, rare = ("subject", "filename", "onset"), ("shade", "type")
    rows = read_annotation(tree, report, annotation, PATTERNS, PART_A, required, rare, why=WHY)
    sheet = report.annotations[0]
    if len(rows) > 900 and "v1" in Path(sheet).name.lower():
        report.note(sheet, "the first version has rows that the authors withdrew in the second, of 860 rows")
    clips = []
    for row in rows:
        subject, video = row.text("subject"), row.name("filename")
        if not subject or not video:
            report.drop(f"row {row.number}", "it names no clip")
            continue
        try:
            begins = row.integer("onset")
        except ValueError:
            begins = row.text("onset")  # which is told below
        clip = Clip("casme3", normal_subject(subject), f"{video.lower()}_{begins}", FPS, whole=False)
        clip.row = f"row {row.number}"
        if "mae" in Path(sheet).name.lower() or row.text("type").lower().startswith("ma"):
            clip.interval_type = MACRO
        if not read_coding(clip, row, report):
            continue
        if video != video.lower():
            report.mend(clip.name, f"the video is spelled `{video}` here and in lower case elsewhere")
        clip.objective_class = read_objective_class(row.text("class"))
        if row.text("shade") == "1":
            report.note(clip.name, "the sheet says that the face is in shade or covered")
        clip.folders, clip.whole = find_pictures(tree, subject, video, str(begins))
        clip.video = next(iter(tree.videos_named(f"{subject}_{video}_{begins}")), None)
        clip.first = clip.onset  # it is cut out of the long video
        clips.append(clip)
    return clips


def normal_subject(subject: str) -> str:
    """`spNO.1` for `spNo.1`, `spNO.1` and `1`."""
    return "spNO." + re.sub(r"^\D*", "", subject)


def find_pictures(tree: Tree, subject: str, video: str, onset: str) -> tuple[list[Path], bool]:
    """The folders of a clip, and whether they hold it alone; the long video where there are both."""
    long = _colour(tree, [*tree.find(subject, video, "color"), *tree.find(subject, video)])
    if long:
        return long, False
    return _colour(tree, tree.find(f"{subject}_{video}_{onset}")), True


def _colour(tree: Tree, folders: list[Path]) -> list[Path]:
    parents = {folder.parent for folder in folders if folder.name.lower() == "color"}
    inside = {folder: [part.lower() for part in folder.relative_to(tree.root).parts] for folder in folders}
    return [folder for folder, parts in inside.items() if "depth" not in parts and folder not in parents]


def read_part_b(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """The unlabelled videos of part B, for pre-training: no emotion, all frames of a video."""
    clips = {}
    for folder in tree.folders:
        parts = [tree.root.name, *folder.relative_to(tree.root).parts]
        inside = next((i for i, part in enumerate(parts) if re.fullmatch(r"part[\W_]*b\b.*", part.lower())), None)
        if inside is None or len(parts) < inside + 3 or parts[-1].lower() == "depth":
            continue
        names = [part for part in parts[inside + 1 :] if part.lower() != "color"]
        has_colour = parts[-1].lower() != "color" and folder.joinpath("color") in tree
        if len(names) < 2 or not names[-2].lower().startswith("sp") or has_colour:
            continue
        subject, video = normal_subject(names[-2]), names[-1].lower()
        clip = clips.setdefault((subject, video), Clip("casme3_b", subject, video, FPS))
        clip.folders.append(folder)
    if not clips:
        raise InputError(
            f"`{tree.root}` has no videos of part B; they are in folders such as `part_B/spNO.1/a/color`."
        )
    return list(clips.values())


def read_part_c(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """The micro-expressions of the mock crime; no apex."""
    patterns = ("casme3partcme", "casme3partc")
    clips = []
    for row in read_annotation(tree, report, annotation, patterns, PART_C, ("subject", "filename", "onset", "offset")):
        subject, count = row.text("subject"), row.name("filename")
        if not subject or not count:
            report.drop(f"row {row.number}", "it names no clip")
            continue
        clip = Clip("casme3_c", normal_subject(subject), count, FPS, row=f"row {row.number}", interval_type=MICRO)
        if not read_coding(clip, row, report):
            continue
        for spelling in (subject, normal_subject(subject)):
            found = [*tree.find(spelling, count, "color"), *tree.find(spelling, count)]
            single = _part_c(tree, _colour(tree, found))
            long = _part_c(tree, _colour(tree, [*tree.find(spelling, "color"), *tree.find("part_C", spelling)]))
            clip.folders, clip.whole = (single, True) if single else (long, False)
            if clip.folders:
                break
        clips.append(clip)
    return clips


def _part_c(tree: Tree, folders: list[Path]) -> list[Path]:
    """Without the folders of the other parts, whose subjects have the same numbers."""
    elsewhere = re.compile(r"part[\W_]*[ab](?![a-z])", re.IGNORECASE)
    return [f for f in folders if not any(elsewhere.match(part) for part in f.relative_to(tree.root).parts)]


OWNER = "Institute of Psychology, Chinese Academy of Sciences"
PAPER = "Li et al., IEEE Transactions on Pattern Analysis and Machine Intelligence 2023"
PAGE = "the authors' repository jingtingEmmaLi/CAS-ME-3 on GitHub, which also has the sheets"
SOURCES = {
    "casme3": Source(
        title="CAS(ME)^3 part A",
        read=read_part_a,
        layout="part_A/spNO.1/a/color/359.jpg",
        annotation="cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx",
        paper=PAPER,
        owner=OWNER,
        page=PAGE,
        published={
            "rows": 860,
            "subjects": 94,
            "emotions": {
                "disgust": 250,
                "surprise": 187,
                "others": 161,
                "fear": 86,
                "anger": 64,
                "sad": 57,
                "happy": 55,
            },
            "objective classes": {1: 15, 2: 151, 3: 234, 4: 37, 5: 47, 6: 3, 7: 373},
            "three classes": 699,
        },
    ),
    "casme3_b": Source(
        title="CAS(ME)^3 part B",
        read=read_part_b,
        layout="part_B/spNO.1/a/color/1.jpg",
        annotation=None,
        paper=PAPER,
        owner=OWNER,
        page=PAGE,
        published={"rows": 1508, "subjects": 116},
    ),
    "casme3_c": Source(
        title="CAS(ME)^3 part C",
        read=read_part_c,
        layout="part_C/spNO.1/1/color/1.jpg",
        annotation="CAS(ME)3_part_C_ME.xlsx",
        paper=PAPER,
        owner=OWNER,
        page=PAGE,
        published={
            "rows": 165,
            "subjects": 30,
            "emotions": {"negative": 99, "surprise": 30, "others": 20, "positive": 16},
        },
    ),
}
