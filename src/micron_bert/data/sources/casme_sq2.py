"""CAS(ME)^2: long videos such as `rawpic/s15/15_0101disgustingteeth/img001.jpg`, and a sheet without header."""

import re
from collections.abc import Iterator
from pathlib import Path

from micron_bert.data.intervals import read_interval
from micron_bert.data.paths import Tree
from micron_bert.data.report import Report
from micron_bert.data.schema import MACRO, MICRO, Clip
from micron_bert.data.sheets import read_sheets
from micron_bert.data.sources.source import COLUMNS as COMMON
from micron_bert.data.sources.source import Source, not_read, read_units
from micron_bert.data.tables import Row, is_kind, read_placed
from micron_bert.errors import InputError

COLUMNS = ("participant", "video", "onset", "apex", "offset", "action_units", "emotion", "type", "self_report")
# where somebody put a header above them
NAMED = {
    **{column: COMMON[column] for column in ("onset", "apex", "offset", "action_units", "emotion")},
    "participant": ("Participant", "Subject", "sub"),
    "video": ("Video", "Filename", "File"),
    "type": ("Type", "Expression type", "Interval type", "Expression"),
}
FOLDER = re.compile(r"s\d+", re.IGNORECASE)
PATTERNS = ("^casme2codefinal", "codefinal")


def read(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """
    Micro- and macro-expressions of CAS(ME)^2. One sheet has the intervals, one says which folder is whose, one which
    code a video has; the code begins the second part of a video's folder. Copies differ in the order of the columns of
    the last two, so what a cell is follows from what is in it.
    """
    path = annotation or next(iter(tree.tables_named(*PATTERNS)), None)
    if path is None:
        raise InputError(
            f"`{tree.root}` has no `CAS(ME)^2code_final.xlsx`; it comes with the dataset, beside `rawpic`. "
            "Put it there, or name it with `annotation`."
        )
    sheets = [
        rows for rows in read_sheets(path).values() if any(any(cell is not None for cell in row) for row in rows)
    ]
    if len(sheets) < 3:
        raise InputError(f"`{path}` has {len(sheets)} filled sheets, not 3: intervals, participants, videos.")
    # the sheet of the intervals is the one whose rows say what kind they are
    sheets.sort(key=lambda rows: not any(is_kind(cell) for row in rows for cell in row))
    report.annotations.append(str(path))
    for other in tree.tables_named(*PATTERNS):
        if other != path:
            report.note(str(other), not_read(other, path))
    rows = read_placed(sheets[0], path, COLUMNS, NAMED, ("participant", "video", "onset", "type"))
    participants, codes = _participants(sheets[1:]), _codes(sheets[1:])
    clips = []
    for row in rows:
        kind = row.text("type").lower()
        if not kind.startswith((MICRO, MACRO)):
            report.drop(f"row {row.number}", f"its type is `{row.text('type')}`, not micro- or macro-expression")
            continue
        subject, video = _subject(row.text("participant"), participants), row.name("video")
        clip = Clip("casme_sq2", subject, f"{video}_{_onset(row)}", 30.0, row=f"row {row.number}", whole=False)
        clip.interval_type = MICRO if kind.startswith(MICRO) else MACRO
        if not read_interval(clip, row, report):
            continue
        clip.emotion = row.text("emotion").lower() or None
        clip.action_units = read_units(clip, row, report)
        code = codes.get(re.sub(r"_\d+$", "", video).lower())
        if code is None:
            report.note(clip.name, f"the third sheet has no code for the video `{video}`, so its folder is not known")
        else:
            clip.folders = [folder for folder in _videos_of(tree, subject) if _code(folder.name) == code]
        clips.append(clip)
    return clips


def _onset(row: Row) -> str:
    """The onset in the name of an interval: `557` also of a cell `557.0` in text."""
    try:
        number = row.integer("onset")
    except ValueError:
        number = None
    return row.text("onset") if number is None else str(number)


def _participants(sheets: list[list[tuple]]) -> dict[str, str]:
    """
    Participant to folder: `1` to `s15` from a row `(15, "s15", 1)` or `(1, "s15")`, whatever its order.

    The number of the folder itself may stand beside it; the participant is the other number.
    """
    found = {}
    for cells in _texts(sheets):
        folder = next((cell for cell in cells if FOLDER.fullmatch(cell)), None)
        numbers = [cell for cell in cells if cell.isdigit()]
        if folder and numbers:
            own = folder[1:].lstrip("0")
            others = [number for number in numbers if number.lstrip("0") != own]
            found[(others or numbers)[0]] = folder
    return found


def _codes(sheets: list[list[tuple]]) -> dict[str, str]:
    """Video to code: `disgust1` to `0101` from a row `("0101", "disgust1")` or `("disgust1", 101)`."""
    found = {}
    for cells in _texts(sheets):
        video = next((cell for cell in cells if cell[:1].isalpha() and not FOLDER.fullmatch(cell)), None)
        code = next((cell for cell in cells if re.fullmatch(r"\d{3,4}", cell)), None)
        if video and code:
            found[video.lower()] = code.zfill(4)
    return found


def _texts(sheets: list[list[tuple]]) -> Iterator[list[str]]:
    for rows in sheets:
        for row in rows:
            cells = Row(0, dict(enumerate(row)))
            yield [cells.text(place) for place in range(len(row)) if cells.text(place)]


def _subject(participant: str, participants: dict[str, str]) -> str:
    folder = participants.get(participant, participant)
    return folder.lower() if folder.lower().startswith("s") else f"s{folder}"


def _videos_of(tree: Tree, subject: str) -> list[Path]:
    return [
        folder
        for home in tree.find(subject)
        if "selectedpic" not in [part.lower() for part in home.parts]
        for folder in tree.below(home)
    ]


def _code(name: str) -> str:
    """`0101` of `15_0101disgustingteeth`."""
    return name.partition("_")[2][:4]


SOURCE = Source(
    title="CAS(ME)^2",
    read=read,
    layout="CASME_sq/rawpic/s15/15_0101disgustingteeth/img001.jpg",
    annotation="CAS(ME)^2code_final.xlsx",
    paper="Qu et al., IEEE Transactions on Affective Computing 2018",
    owner="Institute of Psychology, Chinese Academy of Sciences",
    page=None,
    published={"rows": 357, "subjects": 22, "interval types": {"micro": 57, "macro": 300}},
)
