"""Small trees that copy the layouts and quirks of the field's datasets, with generated pictures."""

import cv2
import numpy as np
import openpyxl
import pytest

from micron_bert.data import load


class Read:
    """A dataset that was read, as the tests look at it."""

    def __init__(self, loaded):
        self.clips, self.report = loaded.clips, loaded.report

    @property
    def keys(self):
        return [(row["subject"], row["clip"], row["onset"], row["apex"], row["offset"]) for row in self.clips]

    @property
    def units(self):
        return [
            [(unit["number"], unit["side"], unit["intensity"]) for unit in row["action_units"]] for row in self.clips
        ]

    def said(self, kind):
        """What the report says of the rows that were `"dropped"`, `"mended"` or `"noted"`."""
        return {remark.row: remark.reason for remark in self.report.remarks if remark.kind == kind}


def merge_repeats(sheet):
    for column in range(1, sheet.max_column + 1):
        begin = 1
        for row in range(2, sheet.max_row + 2):
            first, here = sheet.cell(begin, column).value, sheet.cell(row, column).value
            if first is None or here != first:
                if row - begin > 1 and first is not None:
                    sheet.merge_cells(start_row=begin, end_row=row - 1, start_column=column, end_column=column)
                begin = row


class TreeBuilder:
    """Writes pictures and sheets below a folder."""

    def __init__(self, root):
        self.root = root

    def load(self, dataset, below=".", **options):
        return Read(load(dataset, self.root / below, **options))

    def pictures(self, folder, names):
        """Tiny pictures, each with another grey."""
        place = self.root / folder
        place.mkdir(parents=True, exist_ok=True)
        for position, name in enumerate(names):
            picture = np.full((8, 8, 3), (40 + position) % 256, np.uint8)
            assert cv2.imwrite(str(place / name), picture)

    def file(self, path, content=b"nothing"):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    def xlsx(self, path, sheets, merged=None):
        """`sheets`: names and rows; in the sheet `merged`, what repeats downwards is one merged cell."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
            if name == merged:
                merge_repeats(sheet)
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        book.save(place)

    def xls(self, path, sheets):
        """The older Excel format."""
        xlwt = pytest.importorskip("xlwt", reason="writing .xls needs xlwt")
        book = xlwt.Workbook()
        for name, rows in sheets.items():
            sheet = book.add_sheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(i, j, cell)
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        book.save(str(place))


@pytest.fixture
def tree(tmp_path):
    return TreeBuilder(tmp_path / "tree")


CASME2_HEADER = (
    "Subject",
    "Filename",
    None,
    "OnsetFrame",
    "ApexFrame",
    "OffsetFrame",
    None,
    "Action Units",
    "Estimated Emotion",
)
CASME2_ROWS = [
    ("01", "EP02_01f", None, 46, 59, 86, None, "12", "happiness"),
    ("04", "EP12_01f", None, 261, "/", 321, None, "L6+L7", "others"),
    ("05", "EP09_05f", None, 69, 69, 73, None, "4+7+L10", "disgust"),
    ("16", "EP01_08", None, 9, 12, 14, None, "?", "repression"),
]


@pytest.fixture
def casme2(tree):
    """
    A doubly nested archive of raw pictures, cropped ones beside it, another case, a stray shortcut; one clip lacks
    frames in both.
    """
    tree.xlsx(
        "CASME2-coding-20140508.xlsx",
        {"Sheet1": [CASME2_HEADER, *CASME2_ROWS], "Sheet2": [], "Sheet3": []},
    )
    # another version with numbers for subjects, which is not to be taken
    tree.xlsx("CASME2-coding-updated.xlsx", {"Sheet1": [CASME2_HEADER, (1, *CASME2_ROWS[0][1:])]})
    tree.xlsx("~$CASME2-coding-20140508.xlsx", {"Sheet1": []})
    tree.xlsx(
        "CASME2-ObjectiveClasses.xlsx",
        {
            "Sheet1": [("Subject", "Filename", "Objective Class"), ("01", "EP02_01f", 1), ("05", "EP09_05f", 4)],
            "Sheet2": [("stray", "rows", 9)] * 3,
        },
    )
    raw = "CASME2_RAW_selected/CASME2_RAW_selected"
    tree.pictures(f"{raw}/sub01/EP02_01f", [f"img{n}.jpg" for n in range(44, 90)])
    tree.pictures(f"{raw}/Sub04/ep12_01f", [f"img{n}.jpg" for n in range(261, 322)])
    tree.pictures(f"{raw}/sub05/EP09_05f", [f"img{n}.jpg" for n in range(69, 74)])
    tree.pictures(f"{raw}/sub16/EP01_08", [f"img{n}.jpg" for n in (8, 9, 10, 12, 14)])
    tree.file(f"{raw}/sub01/Desktop - Shortcut.lnk")
    tree.file(f"{raw}/sub01/EP02_01f/Thumbs.db")
    tree.file("__MACOSX/sub01/EP02_01f/._img46.jpg")
    tree.pictures("Cropped/sub01/EP02_01f", [f"reg_img{n}.jpg" for n in range(46, 87)])
    tree.pictures("Cropped/sub16/EP01_08", [f"reg_img{n}.jpg" for n in (11, 12, 14)])
    return tree


SAMM_HEADER = (
    "Subject",
    "Filename",
    "Inducement Code",
    "Onset Frame",
    "Apex Frame",
    "Offset Frame",
    "Duration",
    "Micro",
)
SAMM_HEADER += ("Action Units", "Estimated Emotion", "Objective Classes", "Notes")
SAMM_ROWS = [
    ("006", "006_1_2", 1, 5562, 5588, 5632, 71, "Micro - 1/2", "(R6 or R12)+R15", "Other", 7, None),
    (9, "009_3_1", 3, 3577, 3580, 3582, 6, "Micro - 1/2", "4D+ref(6)+7C+43E", "Anger", 2, None),
    (28, "028_4_1", 4, 10, 20, 15, 6, "Micro - 1/2", "R14A or 17A or 24A", "Contempt", 7, "a note"),
]


@pytest.fixture
def samm(tree):
    tree.xlsx(
        "SAMM_Micro_FACS_Codes_v2.xlsx", {"MICRO_ONLY": [("Explanations",), *[()] * 12, SAMM_HEADER, *SAMM_ROWS]}
    )
    tree.pictures("SAMM/006/006_1_2", [f"006_{n:05d}.jpg" for n in range(5562, 5633)])
    tree.pictures("SAMM/009/009_3_1", [f"009_{n:04d}.jpg" for n in range(3576, 3583)])
    tree.pictures("SAMM/028/028_4_1", [f"028_{n:05d}.jpg" for n in range(10, 16)])
    return tree
