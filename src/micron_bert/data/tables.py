"""Annotation sheets: Excel files of both kinds and CSV, headers wherever they are."""

import codecs
import csv
import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from micron_bert.errors import InputError

TABLE_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv", ".tsv")
ROWS, COLUMNS = 100_000, 256  # more than any sheet of annotations has
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

    def integer(self, column: str) -> int | None:
        """The cell as an integer, the nearest to a fraction; None where it is empty or `/`."""
        text = self.text(column)
        if text.lower() in NOTHING:
            return None
        if not re.fullmatch(r"[+-]?\d{1,9}(\.\d*)?", text):
            raise ValueError(f"`{column}` is `{text}`, which is no number of a frame")
        return math.floor(float(text) + 0.5)


def read_sheets(path: Path) -> dict[str, list[tuple]]:
    """
    All sheets of a file as rows of cells.

    Raises:
        [`InputError`]: the file cannot be read as a table.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(4)
        # some files are called .xls and are none
        if start == b"PK\x03\x04":
            return _read_xlsx(path)
        if start == b"\xd0\xcf\x11\xe0":
            return _read_xls(path)
        if path.suffix.lower() in (".csv", ".tsv"):
            return {path.stem: _read_text(path)}
    except Exception as error:  # the readers raise whatever a damaged archive makes them stumble over
        raise InputError(f"`{path}` cannot be read as a table ({error}); is the file complete?") from error
    raise InputError(f"`{path}` is neither an Excel file nor CSV; save it as .xlsx or .csv.")


def _read_xlsx(path: Path) -> dict[str, list[tuple]]:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and validations that openpyxl does not know
        book = openpyxl.load_workbook(path, data_only=True, read_only=True)
    try:
        return {sheet.title: _rows_of(sheet) for sheet in book.worksheets}
    finally:
        book.close()


def _rows_of(sheet) -> list[tuple]:
    """The rows up to the last that is filled; a stray cell in the far corner of a sheet costs no memory."""
    sheet.reset_dimensions()  # what the file says of them may be wrong
    rows, end, filled = [], 0, 0
    for row in sheet.iter_rows(values_only=True, max_col=COLUMNS):
        rows.append(row)
        if any(cell is not None for cell in row):
            end, filled = len(rows), filled + 1
            if filled > ROWS:
                raise InputError(f"it has more than {ROWS} rows, so it is no sheet of annotations")
    return rows[:end]


def _read_xls(path: Path) -> dict[str, list[tuple]]:
    import xlrd

    with xlrd.open_workbook(path, on_demand=True) as book:
        sheets = {}
        for name in book.sheet_names():
            sheet = book.sheet_by_name(name)
            sheets[name] = [
                tuple(None if cell == "" else cell for cell in sheet.row_values(row)) for row in range(sheet.nrows)
            ]
    return sheets


def _read_text(path: Path) -> list[tuple]:
    raw = path.read_bytes()
    wide = raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # what Excel calls Unicode text
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    return [
        tuple(cell if cell != "" else None for cell in row)
        for row in csv.reader(text.splitlines(), delimiter=separator)
    ]


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


def read_table(
    path: Path, columns: dict[str, tuple[str, ...]], required: tuple[str, ...]
) -> tuple[list[Row], list[str]]:
    """
    The rows under the first header that has the required columns, in any sheet of a file.

    Args:
        path (`Path`), columns, required:
            As for [`find_header`].

    Returns:
        `tuple[list[Row], list[str]]`: rows that are not empty, and the optional columns that are missing.

    Raises:
        [`InputError`]: no sheet has the columns; the message names those that are missing.
    """
    sheets = read_sheets(path)
    for rows in sheets.values():
        header = find_header(rows, columns, required)
        if header:
            start, places = header
            found = [
                Row(start + 2 + offset, {column: row[at] for column, at in places.items() if at < len(row)})
                for offset, row in enumerate(rows[start + 1 :])
            ]
            return [row for row in found if any(row.text(column) for column in places)], [
                column for column in columns if column not in places
            ]
    raise InputError(_what_is_missing(path, sheets, columns, required))


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
