"""CASME II: the sheet and its versions, raw and cropped pictures, and everything that a copy may lack."""

import pytest

from micron_bert.data import CLIP_FEATURES
from micron_bert.errors import InputError

CASME2_HEADER = ("Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None)
CASME2_HEADER += ("Action Units", "Estimated Emotion")


def test_rows_of_the_raw_pictures(casme2):
    loaded = casme2.load("casme2")
    assert loaded.clips.features == CLIP_FEATURES
    rows = loaded.clips.to_list()
    assert loaded.keys == [
        ("sub01", "EP02_01f", 46, 59, 86),
        ("sub04", "EP12_01f", 261, None, 321),
        ("sub05", "EP09_05f", 69, 69, 73),
        ("sub16", "EP01_08", 9, 12, 14),
    ]
    assert [row["emotion"] for row in rows] == ["happiness", "others", "disgust", "repression"]
    assert [row["objective_class"] for row in rows] == [1, None, 4, None]
    assert loaded.units[2] == [(4, "both", ""), (7, "both", ""), (10, "left", "")]
    first = rows[0]
    assert first["fps"] == 200 and first["interval_type"] == "micro" and first["dataset"] == "casme2"
    assert first["frame_numbers"] == list(range(44, 90))
    raw = casme2.root / "CASME2_RAW_selected" / "CASME2_RAW_selected"
    assert first["frames"][:2] == [str(raw / "sub01" / "EP02_01f" / f"img{n}.jpg") for n in (44, 45)]


def test_everything_remarkable_is_reported(casme2):
    report = casme2.load("casme2").report
    assert (report.annotated, report.loaded, report.variant) == (4, 4, "raw")
    said = {(remark.kind, remark.row, remark.reason) for remark in report.remarks}
    for expected in [
        ("noted", "sub04/EP12_01f (row 3)", "there is no apex (`/`)"),
        ("noted", "sub05/EP09_05f (row 4)", "the apex 69 is the onset"),
        ("mended", "sub16/EP01_08 (row 5)", "action units `?`: `?` is no action unit"),
        ("noted", "pictures", "there are raw and cropped pictures; the raw ones are taken"),
    ]:
        assert expected in said
    assert any("files are no frames" in reason and "Thumbs.db" in reason for _, _, reason in said)
    assert any(row.endswith("updated.xlsx") and "not read" in reason for _, row, reason in said)
    assert any(row == "sub16/EP01_08 (row 5)" and "2 of 6 frames are missing" in reason for _, row, reason in said)


def test_cropped_pictures(casme2):
    loaded = casme2.load("casme2", variant="cropped")
    assert loaded.clips["clip"][:] == ["EP02_01f"]
    assert loaded.clips[0]["frame_numbers"] == list(range(46, 87))
    dropped = {remark.row: remark.reason for remark in loaded.report.dropped}
    assert dropped["sub16/EP01_08 (row 5)"] == "there is no picture of the onset 9; the nearest is 11"
    assert dropped["sub04/EP12_01f (row 3)"] == "there is no folder of cropped pictures"
    # two frames further off are allowed when they are asked for
    wider = casme2.load("casme2", variant="cropped", tolerance=2)
    assert wider.keys[1] == ("sub16", "EP01_08", 11, 12, 14)
    assert [r.reason for r in wider.report.mended if "16" in r.row][-1] == (
        "there is no picture of the onset 9; 11 is taken"
    )


def test_other_version_of_the_sheet(casme2):
    loaded = casme2.load("CASME II", annotation=casme2.root / "CASME2-coding-updated.xlsx")
    assert loaded.keys == [("sub01", "EP02_01f", 46, 59, 86)]


def test_apex_outside_of_the_interval_and_a_wrong_number(tree):
    header = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion")
    rows = [(1, "EP01", 5, 30, 9, "surprise"), (1, "EP02", "five", 7, 9, "fear"), (2, "EP03", 5, "x", 9, "others")]
    tree.xlsx("CASME2-coding-20190701.xlsx", {"Sheet1": [header, *rows, (None, "a remark", *[None] * 4)]})
    for clip in ("sub01/EP01", "sub01/EP02", "sub02/EP03"):
        tree.pictures(clip, [f"img{n}.png" for n in range(5, 10)])
    loaded = tree.load("casme2")
    assert loaded.keys == [("sub01", "EP01", 5, None, 9), ("sub02", "EP03", 5, None, 9)]
    reasons = {remark.row: (remark.kind, remark.reason) for remark in loaded.report.remarks}
    assert reasons["sub01/EP01 (row 2)"] == ("mended", "the apex 30 is outside 5 to 9; it is left open")
    assert reasons["sub01/EP02 (row 3)"] == ("dropped", "`onset` is `five`, which is no number of a frame")
    assert reasons["sub02/EP03 (row 4)"][0] == "mended"
    assert reasons["row 5"] == ("dropped", "it names no clip")
    lacking = [reason for row, (_, reason) in reasons.items() if row.endswith(".xlsx")]
    assert lacking == ["there is no column `Action Units`"]


def test_wrong_column_is_named_and_another_sheet_is_read(casme2):
    header = [cell if cell != "OnsetFrame" else "Beginning" for cell in CASME2_HEADER]
    casme2.xlsx(
        "CASME2-coding-20140508.xlsx", {"Sheet1": [header, ("01", "EP02_01f", None, 1, 2, 3, None, "4", "fear")]}
    )
    loaded = casme2.load("casme2")
    assert loaded.report.annotations[0].endswith("updated.xlsx")
    assert any("has no column `OnsetFrame`" in remark.reason for remark in loaded.report.noted)
    with pytest.raises(InputError, match="20140508.xlsx` has no column `OnsetFrame`; its header has .*`Beginning`"):
        casme2.load("casme2", annotation=casme2.root / "CASME2-coding-20140508.xlsx")
