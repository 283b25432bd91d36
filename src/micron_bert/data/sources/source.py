"""What the loaders of all datasets share."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from micron_bert.data.paths import Tree
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.data.tables import Row, read_table, squeeze
from micron_bert.errors import InputError
from micron_bert.labels.action_units import ActionUnit, parse_action_units

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
# a sheet with the right columns and the name of another dataset is that of the other
NAMED = re.compile(r"casme[23]|casmesq|samm|smic|mmew|4dme|dfme")
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


def read_annotation(
    tree: Tree,
    report: Report,
    annotation: Path | None,
    patterns: tuple[str, ...],
    columns: dict[str, tuple[str, ...]],
    required: tuple[str, ...],
    rare: tuple[str, ...] = (),
    every: bool = False,
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

    Raises:
        [`InputError`]: no sheet fits.
    """
    named = [annotation] if annotation else tree.tables_named(*patterns)
    others = [table for table in tree.tables if table not in named and not NAMED.search(squeeze(table.stem))]
    others = [] if annotation else others
    rows, refusals = [], []
    for path in [*named, *others]:
        if report.annotations and not every:
            if path in named:
                report.note(str(path), f"not read: `{report.annotations[0]}` comes first; choose with `annotation`")
            continue
        try:
            found, lacking = read_table(path, columns, required)
        except InputError as error:
            refusals.append(str(error))
            if path in named:
                report.note(str(path), str(error))
            continue
        report.annotations.append(str(path))
        rows += found
        lacking = [column for column in lacking if column not in rare]
        if lacking:
            report.note(str(path), "there is no column " + ", ".join(f"`{columns[column][0]}`" for column in lacking))
    if not report.annotations:
        raise InputError(
            refusals[0]
            if named
            else f"`{tree.root}` has no sheet with the columns {', '.join(f'`{columns[c][0]}`' for c in required)}; "
            "put the owners' file into it, or name it with `annotation`."
        )
    return rows


def read_units(clip: Clip, row: Row, report: Report) -> list[ActionUnit]:
    """The action units of a row; what was decided goes into the report."""
    units, remarks = parse_action_units(row.values.get("action_units"))
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
