"""Annotation sheets, headers wherever they are."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from micron_bert.data.schema import MACRO, MICRO
from micron_bert.data.sheets import read_sheets
from micron_bert.errors import InputError

HEADER_ROWS = 40  # the header is among the first rows; SAMM's is the fourteenth
NOTHING = ("", "/", "-", "nan", "none", "null", "n/a")


@dataclass(frozen=True)
class Row:
    """
    A row of a sheet.

    Attributes:
        number (`int`): as the spreadsheet counts, from 1.
        values (`dict`): cells by the name of their column.
    """

    number: int
    values: dict

    def text(self, column: str) -> str:
        """The cell as text; `"1"` for 1.0, empty where there is nothing."""
        value = self.values.get(column)
        if value is None or value != value:
            return ""
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()

    def name(self, column: str) -> str:
        """The name at the end of a path, whichever way its slashes lean: `EP02_01f` of `sub01\\EP02_01f`."""
        return re.split(r"[\\/]", self.text(column).rstrip("\\/"))[-1].strip()

    def integer(self, column: str) -> int | None:
        """
        The cell as an integer, the nearest to a fraction; None where it is empty or `/`.

        Raises:
            ValueError: it holds something else.
        """
        text = self.text(column)
        if text.lower() in NOTHING:
            return None
        text = re.sub(r"(?<=\d),(?=\d{0,2}$)", ".", text)  # a decimal comma; `1,030` may be either
        if not re.fullmatch(r"[+-]?\d{1,9}(\.\d*)?", text):
            raise ValueError(f"`{column}` is `{text}`, which is no number of a frame")
        return math.floor(float(text) + 0.5)

    def date_in(self, *columns: str) -> str | None:
        """Half a sentence about a date or time where a name should be, which spreadsheets make of names like `1-2`."""
        for column in columns:
            if isinstance(self.values.get(column), date | time):
                return f"`{column}` is the date or time `{self.text(column)}`, made of a name by a spreadsheet"
        return None


def squeeze(name) -> str:
    """A name without case, spaces and punctuation, for comparison: `Onset Frame` and `OnsetFrame` are one."""
    return re.sub(r"[\W_]+", "", str(name if name is not None else "")).lower()


def find_header(rows: list[tuple], columns: dict[str, tuple[str, ...]], required: tuple[str, ...]):
    """
    The header of a sheet.

    Args:
        rows (`list[tuple]`):
            Cells.
        columns (`dict[str, tuple[str, ...]]`):
            Names that each column goes by.
        required (`tuple[str, ...]`):
            Columns that must be there.

    Returns:
        `tuple[int, dict[str, int]]` or `None`: position of the header, and of each column in it.
    """
    for position, row in enumerate(rows[:HEADER_ROWS]):
        cells = [squeeze(cell) for cell in row]
        places = {}
        for column, spellings in columns.items():
            found = next((cells.index(squeeze(s)) for s in spellings if squeeze(s) in cells), None)
            if found is not None:
                places[column] = found
        if all(column in places for column in required):
            return position, places
    return None


@dataclass(frozen=True)
class Table:
    """
    The rows of one sheet of a file.

    Attributes:
        rows (`list[Row]`): those that are not empty.
        lacking (`list[str]`): optional columns that are not there.
        sheet (`str`): its name.
        others (`list[str]`): names of other sheets of the file that have the columns too.
    """

    rows: list[Row]
    lacking: list[str]
    sheet: str
    others: list[str]


def read_table(
    path: Path,
    columns: dict[str, tuple[str, ...]],
    required: tuple[str, ...],
    rank: Callable[[str], int | None] = lambda name: 0,
) -> Table:
    """
    The rows under the first header that has the required columns, in any sheet of a file.

    Args:
        path (`Path`), columns, required:
            As for [`find_header`].
        rank (`Callable[[str], int | None]`, *optional*):
            Of a sheet's name: the lowest is taken first, None never.

    Returns:
        [`Table`]

    Raises:
        [`InputError`]: no sheet has the columns; the message names those that are missing.
    """
    sheets = read_sheets(path)
    headers = {name: find_header(rows, columns, required) for name, rows in sheets.items()}
    fitting = [name for name, header in headers.items() if header]
    if not fitting:
        raise InputError(_what_is_missing(path, sheets, columns, required))
    ranked = sorted((name for name in fitting if rank(name) is not None), key=rank)
    if not ranked:
        raise InputError(
            f"`{path}` has sheets of other datasets only ({', '.join(f'`{name}`' for name in fitting)}); name the "
            "file of this dataset with `annotation`."
        )
    start, places = headers[ranked[0]]
    found = [
        Row(start + 2 + offset, {column: row[at] for column, at in places.items() if at < len(row)})
        for offset, row in enumerate(sheets[ranked[0]][start + 1 :])
    ]
    return Table(
        [row for row in found if any(row.text(column) for column in places)],
        [column for column in columns if column not in places],
        ranked[0],
        [name for name in ranked[1:] if rank(name) == rank(ranked[0])],
    )


def is_kind(cell) -> bool:
    """Whether a cell says what kind of expression its row is: `micro-expression`, `Micro - 1/2`, `Macro`."""
    return re.match(rf"\s*({MICRO}|{MACRO})(?![a-z])", str(cell), re.IGNORECASE) is not None


def read_placed(
    cells: list[tuple],
    path: Path,
    columns: tuple[str, ...],
    spellings: dict[str, tuple[str, ...]],
    required: tuple[str, ...],
) -> list[Row]:
    """
    The rows of a sheet of intervals whose columns follow from their places, or from a header where there is one.

    Empty columns may lie before the first: where the kind of expression stands tells how many. Above the first row are
    titles, and below the last notes.

    Args:
        cells (`list[tuple]`):
            The sheet.
        path (`Path`):
            Its file, for the sentence.
        columns (`tuple[str, ...]`):
            The columns in order, `"type"` among them.
        spellings (`dict[str, tuple[str, ...]]`), required (`tuple[str, ...]`):
            As for [`find_header`].

    Raises:
        [`InputError`]: columns are missing before the kind of expression.
    """
    header, usual = find_header(cells, spellings, required), columns.index("type")
    if header:
        begin, places = header[0] + 1, header[1]
        shifts = {place - columns.index(column) for column, place in places.items() if column in columns}
        if len(shifts) == 1:  # in the usual order: columns by other names are known too
            places = {column: max(shifts) + place for place, column in enumerate(columns)}
    else:
        begin = next((number for number, row in enumerate(cells) if any(map(is_kind, row))), len(cells))
        kind = next((place for row in cells[begin:] for place, cell in enumerate(row) if is_kind(cell)), usual)
        if kind < usual:
            raise InputError(
                f"`{path}` says in column {kind + 1} what kind of expression a row is; it belongs into column "
                f"{usual + 1}, behind {', '.join(columns[:usual])}. Use the owners' file as it came."
            )
        places = {column: kind - usual + place for place, column in enumerate(columns)}
    rows = [
        Row(number, {column: row[place] for column, place in places.items() if place < len(row)})
        for number, row in enumerate(cells[begin:], begin + 1)
    ]
    return [row for row in rows if row.text("type") or row.text("onset")]


def _what_is_missing(path: Path, sheets: dict, columns: dict, required: tuple[str, ...]) -> str:
    best, header = -1, ()
    for rows in sheets.values():
        for row in rows[:HEADER_ROWS]:
            cells = [squeeze(cell) for cell in row]
            hits = sum(any(squeeze(s) in cells for s in columns[column]) for column in required)
            if hits > best:
                best, header = hits, row
    cells = [squeeze(cell) for cell in header]
    lacking = [columns[column][0] for column in required if not any(squeeze(s) in cells for s in columns[column])]
    has = ", ".join(f"`{cell}`" for cell in header if cell is not None) or "nothing"
    return (
        f"`{path}` has no column {', '.join(f'`{column}`' for column in lacking)}; its header has {has}. "
        "Use the owners' file as it came."
    )
