"""The files that sheets come in, Excel of both kinds and CSV, as rows of cells: bounded in time and memory."""

import codecs
import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path

from micron_bert.errors import InputError

TABLE_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv", ".tsv")
OTHER_SUFFIXES = (".ods", ".xlsb", ".numbers", ".fods")  # of spreadsheets that are not read
SEPARATORS, LOOKED_AT = ",;\t|", 40  # of cells in text, and the lines that tell which
ROWS, COLUMNS = 100_000, 256  # more than any sheet of annotations has
LARGEST = 64 * 2**20  # bytes of a file, unpacked where it is packed
XLSX, XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # how the files begin
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')


def read_sheets(path: Path) -> dict[str, list[tuple]]:
    """
    All sheets of a file as rows of cells; each cell of merged ones has their value.

    Raises:
        [`InputError`]: the file cannot be read as a table, or is larger than any sheet of annotations.
    """
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            start = file.read(4)
        if start == XLSX:
            with zipfile.ZipFile(path) as packed:
                size = sum(member.file_size for member in packed.infolist())
        if size > LARGEST:
            raise InputError(f"it holds {size / 2**20:.0f} MiB, so it is no sheet of annotations")
        # some files are called .xls and are none
        if start == XLSX:
            return _read_xlsx(path)
        if start == XLS:
            return _read_xls(path)
        if path.suffix.lower() in (".csv", ".tsv"):
            return {path.stem: _read_text(path)}
    except InputError as error:
        raise InputError(f"`{path}` cannot be read as a table: {error}.") from error
    except Exception as error:  # the readers raise whatever a damaged archive makes them stumble over
        raise InputError(f"`{path}` cannot be read as a table ({error}); is the file complete?") from error
    raise InputError(f"`{path}` is neither an Excel file nor CSV; save it as .xlsx or .csv.")


def _filled(rows: Iterable[Iterable]) -> list[tuple]:
    """
    The rows up to the last that is filled, of the first `COLUMNS` cells; None where a cell is empty.

    A stray cell in the far corner of a sheet costs no memory.
    """
    kept, end, filled = [], 0, 0
    for cells in rows:
        cells = cells[:COLUMNS]
        if cells.count(None) + cells.count("") == len(cells):
            kept.append(())
            if len(kept) - end > ROWS:
                break
            continue
        row = tuple(None if cell == "" else cell for cell in cells)
        kept.append(row)
        end, filled = len(kept), filled + 1
        if filled > ROWS:
            raise InputError(f"it has more than {ROWS:,} rows, so it is no sheet of annotations")
    return kept[:end]


def _spread(rows: list[tuple], merged: Iterable[tuple[int, int, int, int]]) -> None:
    """Gives each of merged cells their value; each range is its left, top, right and bottom cell, from 0."""
    work = 0
    for left, top, right, bottom in merged:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value, count = rows[top][left], min(right + 1, COLUMNS) - left
        bottom = min(bottom, len(rows) - 1)
        work += bottom - top + 1
        if work > 10 * ROWS:
            raise InputError("its merged cells overlap")
        for place in range(top, bottom + 1):
            cells = [*rows[place], *[None] * (left + count - len(rows[place]))]
            cells[left : left + count] = [value] * count
            rows[place] = tuple(cells)


def _read_xlsx(path: Path) -> dict[str, list[tuple]]:
    import openpyxl
    from openpyxl.reader.workbook import WorkbookParser
    from openpyxl.utils import range_boundaries

    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and validations that openpyxl does not know
        # the file and not its name, which may end otherwise
        book = openpyxl.load_workbook(file, data_only=True, read_only=True)
        try:
            sheets = {}
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what the file says of them may be wrong
                sheets[sheet.title] = _filled(sheet.iter_rows(values_only=True, max_col=COLUMNS))
        finally:
            book.close()
        with zipfile.ZipFile(path) as packed:
            parser = WorkbookParser(packed, "xl/workbook.xml")
            parser.parse()
            for sheet, part in parser.find_sheets():
                if sheet.name in sheets:
                    # reading a file for changes would tell, and make every cell of every range
                    ranges = (range_boundaries(cells.decode()) for cells in MERGED.findall(packed.read(part.target)))
                    _spread(sheets[sheet.name], (tuple(edge - 1 for edge in edges) for edges in ranges))
    return sheets


def _read_xls(path: Path) -> dict[str, list[tuple]]:
    import xlrd

    sheets = {}
    nowhere = io.StringIO()  # xlrd prints what it thinks of a damaged file
    with xlrd.open_workbook(path, nowhere, on_demand=True, ragged_rows=True, formatting_info=True) as book:
        for name in book.sheet_names():
            sheet = book.sheet_by_name(name)
            sheets[name] = _filled(sheet.row_values(row) for row in range(sheet.nrows))
            _spread(
                sheets[name],
                ((left, top, past - 1, end - 1) for top, end, left, past in sheet.merged_cells),
            )
    return sheets


def _read_text(path: Path) -> list[tuple]:
    raw = path.read_bytes()
    encoding = "utf-8-sig"
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):  # what Excel calls Unicode text
        encoding = "utf-16"
    elif b"\0" in raw[:2]:  # the same without its mark
        encoding = "utf-16-be" if raw[0] == 0 else "utf-16-le"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    lines = text.splitlines()[:LOOKED_AT]  # a title may hold any of them
    separator = max(SEPARATORS, key="\n".join(lines).count)
    return _filled(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
