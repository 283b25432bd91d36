import numpy as np
import pytest

from micron_bert.data import CLIP_FEATURES, load
from micron_bert.errors import InputError

CASME2_HEADER = ("Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None)
CASME2_HEADER += ("Action Units", "Estimated Emotion")


def key(row):
    return row["subject"], row["clip"], row["onset"], row["apex"], row["offset"]


def test_rows_of_the_raw_pictures(casme2):
    loaded = load("casme2", casme2.root)
    assert loaded.clips.features == CLIP_FEATURES
    rows = loaded.clips.to_list()
    assert [key(row) for row in rows] == [
        ("sub01", "EP02_01f", 46, 59, 86),
        ("sub04", "EP12_01f", 261, None, 321),
        ("sub05", "EP09_05f", 69, 69, 73),
        ("sub16", "EP01_08", 9, 12, 14),
    ]
    assert [row["emotion"] for row in rows] == ["happiness", "others", "disgust", "repression"]
    assert [row["objective_class"] for row in rows] == [1, None, 4, None]
    assert rows[2]["action_units"] == [
        {"number": 4, "side": "both", "intensity": ""},
        {"number": 7, "side": "both", "intensity": ""},
        {"number": 10, "side": "left", "intensity": ""},
    ]
    first = rows[0]
    assert first["fps"] == 200 and first["interval_type"] == "micro" and first["dataset"] == "casme2"
    assert first["frame_numbers"] == list(range(44, 90))
    raw = casme2.root / "CASME2_RAW_selected" / "CASME2_RAW_selected"
    assert first["frames"][:2] == [str(raw / "sub01" / "EP02_01f" / f"img{n}.jpg") for n in (44, 45)]


def test_everything_remarkable_is_reported(casme2):
    report = load("casme2", casme2.root).report
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
    loaded = load("casme2", casme2.root, variant="cropped")
    assert loaded.clips["clip"][:] == ["EP02_01f"]
    assert loaded.clips[0]["frame_numbers"] == list(range(46, 87))
    dropped = {remark.row: remark.reason for remark in loaded.report.dropped}
    assert dropped["sub16/EP01_08 (row 5)"] == "there is no picture of the onset 9; the nearest is 11"
    assert dropped["sub04/EP12_01f (row 3)"] == "there is no folder of cropped pictures"
    # two frames further off are allowed when they are asked for
    wider = load("casme2", casme2.root, variant="cropped", tolerance=2)
    assert [key(row) for row in wider.clips][1] == ("sub16", "EP01_08", 11, 12, 14)
    assert [r.reason for r in wider.report.mended if "16" in r.row][-1] == (
        "there is no picture of the onset 9; 11 is taken"
    )


@pytest.mark.parametrize("below", ["Cropped", "CASME2_RAW_selected"])
def test_any_folder_above_the_clips_will_do(casme2, below):
    sheet = casme2.root / "CASME2-coding-20140508.xlsx"
    clips = load("casme2", casme2.root / below, annotation=sheet).clips
    assert clips[0]["clip"] == "EP02_01f" and below in clips[0]["frames"][0]


def test_other_version_of_the_sheet(casme2):
    loaded = load("CASME II", casme2.root, annotation=casme2.root / "CASME2-coding-updated.xlsx")
    assert [key(row) for row in loaded.clips] == [("sub01", "EP02_01f", 46, 59, 86)]


def test_unreadable_pictures_are_named(casme2):
    folder = casme2.root / "CASME2_RAW_selected" / "CASME2_RAW_selected"
    (folder / "sub01" / "EP02_01f" / "img59.jpg").write_bytes(b"no picture")
    whole = (folder / "sub05" / "EP09_05f" / "img69.jpg").read_bytes()
    (folder / "sub05" / "EP09_05f" / "img69.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "Sub04" / "ep12_01f" / "img300.jpg").write_bytes(b"")
    loaded = load("casme2", casme2.root, tolerance=0)
    assert loaded.clips["clip"][:] == ["EP02_01f", "EP12_01f", "EP01_08"]
    assert loaded.clips[0]["apex"] is None and 59 not in loaded.clips[0]["frame_numbers"]
    reasons = [remark.reason for remark in loaded.report.remarks]
    assert any("img59.jpg` cannot be read" in reason for reason in reasons)
    assert any("there is no picture of the onset 69" in remark.reason for remark in loaded.report.dropped)
    assert not any("img300" in reason for reason in reasons)
    every = load("casme2", casme2.root, pictures="all")
    assert any("img300.jpg` cannot be read" in remark.reason for remark in every.report.noted)
    assert 300 not in every.clips[1]["frame_numbers"]


def test_missing_folder_and_empty_folder_of_a_clip(casme2):
    import shutil

    folder = casme2.root / "CASME2_RAW_selected" / "CASME2_RAW_selected"
    shutil.rmtree(folder / "sub16")
    for picture in (folder / "sub05" / "EP09_05f").iterdir():
        picture.unlink()
    shutil.rmtree(casme2.root / "Cropped")
    loaded = load("casme2", casme2.root)
    assert loaded.clips["clip"][:] == ["EP02_01f", "EP12_01f"]
    dropped = {remark.row: remark.reason for remark in loaded.report.dropped}
    assert dropped["sub16/EP01_08 (row 5)"] == "there is no folder of this clip"
    assert "has no pictures" in dropped["sub05/EP09_05f (row 4)"]


def test_apex_outside_of_the_interval_and_a_wrong_number(tree):
    header = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion")
    rows = [(1, "EP01", 5, 30, 9, "surprise"), (1, "EP02", "five", 7, 9, "fear"), (2, "EP03", 5, "x", 9, "others")]
    tree.xlsx("CASME2-coding-20190701.xlsx", {"Sheet1": [header, *rows, (None, "a remark", *[None] * 4)]})
    for clip in ("sub01/EP01", "sub01/EP02", "sub02/EP03"):
        tree.pictures(clip, [f"img{n}.png" for n in range(5, 10)])
    loaded = load("casme2", tree.root)
    assert [key(row) for row in loaded.clips] == [("sub01", "EP01", 5, None, 9), ("sub02", "EP03", 5, None, 9)]
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
    loaded = load("casme2", casme2.root)
    assert loaded.report.annotations[0].endswith("updated.xlsx")
    assert any("has no column `OnsetFrame`" in remark.reason for remark in loaded.report.noted)
    with pytest.raises(InputError, match="20140508.xlsx` has no column `OnsetFrame`; its header has .*`Beginning`"):
        load("casme2", casme2.root, annotation=casme2.root / "CASME2-coding-20140508.xlsx")


@pytest.mark.parametrize(
    "path, options, said",
    [
        ("nowhere", {}, "nowhere` does not exist"),
        ("CASME2-coding-updated.xlsx", {}, "is a file, not a folder"),
        ("", {"annotation": "/no/sheet.xlsx"}, "There is no sheet `/no/sheet.xlsx`"),
        ("", {"variant": "grey"}, "`variant` is `grey`"),
        ("", {"pictures": "some"}, "`pictures` is `some`"),
    ],
)
def test_wrong_arguments_are_named(casme2, path, options, said):
    with pytest.raises(InputError, match=said):
        load("casme2", casme2.root / path, **options)


def test_wrong_folders_are_named(casme2, tmp_path):
    with pytest.raises(InputError, match="There is no dataset `casme9`; there are `casme`, `casme2`"):
        load("casme9", casme2.root)
    with pytest.raises(InputError, match="no sheet with the columns `Subject`"):
        load("samm", casme2.root)
    with pytest.raises(InputError, match="no clips of SMIC-HS"):
        load("smic_hs", casme2.root)
    (tmp_path / "labels").mkdir()
    sheet = tmp_path / "labels" / "CASME2-coding-20140508.xlsx"
    sheet.write_bytes((casme2.root / "CASME2-coding-20140508.xlsx").read_bytes())
    with pytest.raises(InputError, match="none of the pictures of CASME II"):
        load("casme2", sheet.parent)
    assert len(load("casme2", sheet.parent, pictures="none").clips) == 4
    sheet.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(InputError, match="cannot be read as a table"):
        load("casme2", sheet.parent)


def test_pictures_are_those_of_the_files(casme2):
    from micron_bert.video import read_image

    row = load("casme2", casme2.root).clips[0]
    place = row["frame_numbers"].index(row["apex"])
    np.testing.assert_allclose(read_image(row["frames"][place]), 40 + 59 - 44, atol=2)
