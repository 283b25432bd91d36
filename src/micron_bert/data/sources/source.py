"""Shared code of the loaders of all datasets."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from micron_bert.data.intervals import read_interval
from micron_bert.data.paths import Tree
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.data.tables import Row, read_table, squeeze
from micron_bert.errors import InputError
from micron_bert.labels.action_units import STRICT, ActionUnit, parse_action_units

# spellings of the columns that most sheets have
COLUMNS = {
    "subject": ("Subject", "sub", "sub_ID"),
    "filename": ("Filename", "fold_name"),
    "onset": ("OnsetFrame", "OnsetF", "Onset"),
    "apex": ("ApexFrame", "ApexF", "Apex", "ApexF1"),
    "offset": ("OffsetFrame", "OffsetF", "Offset"),
    "action_units": ("Action Units", "AU", "AUs"),
    "emotion": ("Estimated Emotion", "Emotion"),
}
# spellings of the datasets' names in names of files and sheets, without punctuation; the first that fits
NAMES = {
    "samm_long": r"samm(long|lv)",
    "casme_sq2": r"casme2code|casmesq",
    "casme3": r"casme(3|iii)",
    "casme2": r"casme(2|ii)",
    "casme": r"^casme(1|i)?$",
    "samm": r"samm",
    "smic": r"smic",
    "mmew": r"mmew",
    "4dme": r"4dme",
    "dfme": r"dfme",
}
FIRST = "whose name comes first"
DATABASE = ("Dataset", "Database", "DB")  # a column of sheets that combine several
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7}

Read = Callable[[Tree, Report, Path | None], list[Clip]]


@dataclass(frozen=True)
class Source:
    """
    A dataset.

    Attributes:
        title (`str`): as its owners write it.
        read (`Callable`): `(tree, report, annotation) -> list[Clip]`: the annotated rows, with the folders in which
            their pictures are.
        layout (`str`): an example of where a picture is.
        annotation (`str` or `None`): name of the sheet.
        paper (`str`): what describes it.
        owner (`str`): who hands it out.
        page (`str` or `None`): where to ask, as far as it is known for certain.
        published (`dict`): counts of annotated rows; see [`micron_bert.data.doctor`].
    """

    title: str
    read: Read
    layout: str
    annotation: str | None
    paper: str
    owner: str
    page: str | None
    published: dict


def named_dataset(name: str) -> str | None:
    """
    The dataset that a name speaks of: `casme2` of `CASME2_label_Ver_2`; None of `labels`.

    A sheet with the right columns and the name of another dataset is that of the other.
    """
    if re.search(r"\(me\)\W*2", name.lower()):
        return "casme_sq2"
    plain = squeeze(name)
    return next((dataset for dataset, spelling in NAMES.items() if re.search(spelling, plain)), None)


def _family(dataset: str) -> str:
    """What the names of files call a part of a dataset: `casme3` for `casme3_b`, `smic` for `smic_hs_e`."""
    return re.sub(r"(?<=^casme3)_[bc]$|(?<=^smic)_(hs|vis|nir)(_e)?$", "", dataset)


def read_annotation(
    tree: Tree,
    report: Report,
    annotation: Path | None,
    patterns: tuple[str, ...],
    columns: dict[str, tuple[str, ...]],
    required: tuple[str, ...],
    rare: tuple[str, ...] = (),
    every: bool = False,
    why: str = FIRST,
) -> list[Row]:
    """
    The rows of a dataset's sheet.

    Args:
        annotation (`Path`, *optional*):
            The sheet; looked for if left out, by name and then by header.
        patterns (`tuple[str, ...]`):
            Names of the sheet, the best version first; see [`Tree.tables_named`].
        columns, required:
            See [`~micron_bert.data.tables.read_table`].
        rare (`tuple[str, ...]`):
            Columns that only some versions have and nobody misses.
        every (`bool`, defaults to `False`):
            Whether all sheets that fit are read, not the first one.
        why (`str`, *optional*):
            Why the first of several versions is taken.

    Raises:
        [`InputError`]: no sheet fits.
    """
    ours = _family(report.dataset)
    own = {table: named_dataset(table.stem) for table in tree.tables}
    named = [annotation] if annotation else tree.tables_named(*patterns)
    others = [table for table in tree.tables if table not in named and own[table] in (ours, None)]
    others = [] if annotation else sorted(others, key=lambda table: own[table] is None)
    columns = ({} if "dataset" in columns else {"database": DATABASE}) | columns
    rows, refusals = [], []
    for path in [*named, *others]:
        if report.annotations and not every:
            if path in named:
                report.note(str(path), not_read(path, Path(report.annotations[0]), why))
            continue
        try:
            table = read_table(path, columns, required, lambda name: {ours: 0, None: 1}.get(named_dataset(name)))
        except InputError as error:
            refusals.append(str(error))
            if path in named:
                report.note(str(path), str(error))
            continue
        report.annotations.append(str(path))
        if table.others:
            said = ", ".join(f"`{name}`" for name in table.others)
            report.note(str(path), f"its sheet `{table.sheet}` is taken; {said} with the same columns not")
        rows += _of_dataset(table.rows, ours, path, report)
        lacking = [column for column in table.lacking if column not in (*rare, "database")]
        if lacking:
            report.note(str(path), "there is no column " + ", ".join(f"`{columns[column][0]}`" for column in lacking))
    if not report.annotations:
        raise InputError(
            refusals[0]
            if named
            else f"`{tree.root}` has no sheet with the columns {', '.join(f'`{columns[c][0]}`' for c in required)}; "
            f"put the owners' file into it, or name it with `annotation`.{_unread(tree)}"
        )
    return rows


def _unread(tree: Tree) -> str:
    """A sentence about spreadsheets of programs whose files are not read."""
    if not tree.other_tables:
        return ""
    return f" `{tree.other_tables[0]}` is a spreadsheet that is not read; save it as .xlsx."


def not_read(path: Path, taken: Path, why: str = FIRST) -> str:
    """Why a sheet is left alone, and how to have it."""
    if path.stat().st_size == taken.stat().st_size and path.read_bytes() == taken.read_bytes():
        return f"not read: it is a copy of `{taken}`"
    return f"not read: `{taken}` is taken, {why}; choose this one with `annotation`"


def _of_dataset(rows: list[Row], ours: str, path: Path, report: Report) -> list[Row]:
    """The rows of one dataset, where a column says of which they are."""
    kept = [row for row in rows if named_dataset(row.text("database")) in (ours, None)]
    if len(kept) < len(rows):
        report.note(str(path), f"{len(rows) - len(kept)} rows are of other datasets")
    for row in kept:
        if said := row.date_in("subject", "filename"):
            report.drop(f"row {row.number} of {path.name}", f"{said}; write the name as text")
    return [row for row in kept if not row.date_in("subject", "filename")]


def read_coding(clip: Clip, row: Row, report: Report) -> bool:
    """
    Puts into a clip what coders wrote down: its interval, emotion and action units.

    Returns:
        `bool`: whether there is an interval; without one the row is dropped, and the report says why.
    """
    if not read_interval(clip, row, report):
        return False
    clip.emotion = row.text("emotion").lower() or None
    clip.action_units = read_units(clip, row, report)
    return True


def read_units(clip: Clip, row: Row, report: Report) -> list[ActionUnit]:
    """The action units of a row; what was decided goes into the report."""
    units, remarks = parse_action_units(row.values.get("action_units"), report.action_units == STRICT)
    for remark in remarks:
        report.mend(clip.name, f"action units `{row.text('action_units')}`: {remark}")
    return units


def read_objective_class(text: str) -> int | None:
    """An objective class as Roman or Arabic numeral."""
    text = text.strip().lower()
    number = ROMAN.get(text) or (int(text) if text.isdigit() else None)
    return number if number is not None and 1 <= number <= 7 else None


def pad(text: str, digits: int) -> str:
    """A subject's number with its zeros: `1` is `01`."""
    return text.zfill(digits) if text.isdigit() else text
