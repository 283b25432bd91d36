"""Loading any dataset: what is wrong is named, and what is broken, missing or there twice is left out."""

import shutil

import numpy as np
import pytest

from micron_bert.data import load
from micron_bert.errors import InputError
from micron_bert.video import read_image


def test_two_intervals_with_one_name_and_a_repeated_row(tree):
    header = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion")
    rows = [(1, "EP01", 1, 2, 3, "fear"), (1, "EP01", 5, 6, 7, "fear"), (1, "EP01", 1, 2, 3, "fear")]
    tree.xlsx("CASME2-coding-20140508.xlsx", {"Sheet1": [header, *rows]})
    tree.pictures("sub01/EP01", [f"img{n}.jpg" for n in range(1, 9)])
    loaded = tree.load("casme2")
    assert loaded.keys == [("sub01", "EP01", 1, 2, 3), ("sub01", "EP01_5", 5, 6, 7)]
    assert loaded.said("dropped") == {"sub01/EP01 (row 4)": "it repeats row 2"}


def test_link_that_leads_back(samm):
    (samm.root / "SAMM" / "again").symlink_to(samm.root)
    assert samm.load("samm").report.loaded == 3


def test_copies_of_frames_are_no_frames(tree):
    tree.file("metadata.csv", b"subject,frames\nanna,a\nben,b\n")
    tree.pictures("a", ["image000596.bmp", "image000606.bmp", "image000606 (1).bmp", "image000606 - Copy.bmp"])
    tree.pictures("b", ["face (1).png", "face (2).png"])  # no copies, but names that a system gives
    loaded = tree.load("folder")
    assert [row["frame_numbers"] for row in loaded.clips] == [[596, 606], [1, 2]]
    assert "`image000606 (1).bmp`" in str(loaded.said("noted"))


@pytest.mark.parametrize("below", ["Cropped", "CASME2_RAW_selected"])
def test_any_folder_above_the_clips_will_do(casme2, below):
    sheet = casme2.root / "CASME2-coding-20140508.xlsx"
    clips = load("casme2", casme2.root / below, annotation=sheet).clips
    assert clips[0]["clip"] == "EP02_01f" and below in clips[0]["frames"][0]


def test_unreadable_pictures_are_named(casme2):
    folder = casme2.root / "CASME2_RAW_selected" / "CASME2_RAW_selected"
    (folder / "sub01" / "EP02_01f" / "img59.jpg").write_bytes(b"no picture")
    whole = (folder / "sub05" / "EP09_05f" / "img69.jpg").read_bytes()
    (folder / "sub05" / "EP09_05f" / "img69.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "Sub04" / "ep12_01f" / "img300.jpg").write_bytes(b"")
    loaded = casme2.load("casme2", tolerance=0)
    assert loaded.clips["clip"][:] == ["EP02_01f", "EP12_01f", "EP01_08"]
    assert loaded.clips[0]["apex"] is None and 59 not in loaded.clips[0]["frame_numbers"]
    reasons = [remark.reason for remark in loaded.report.remarks]
    assert any("img59.jpg` cannot be read" in reason for reason in reasons)
    assert any("there is no picture of the onset 69" in remark.reason for remark in loaded.report.dropped)
    assert not any("img300" in reason for reason in reasons)
    every = casme2.load("casme2", pictures="all")
    assert any("img300.jpg` cannot be read" in remark.reason for remark in every.report.noted)
    assert 300 not in every.clips[1]["frame_numbers"]


def test_missing_folder_and_empty_folder_of_a_clip(casme2):
    folder = casme2.root / "CASME2_RAW_selected" / "CASME2_RAW_selected"
    shutil.rmtree(folder / "sub16")
    for picture in (folder / "sub05" / "EP09_05f").iterdir():
        picture.unlink()
    shutil.rmtree(casme2.root / "Cropped")
    loaded = casme2.load("casme2")
    assert loaded.clips["clip"][:] == ["EP02_01f", "EP12_01f"]
    dropped = {remark.row: remark.reason for remark in loaded.report.dropped}
    assert dropped["sub16/EP01_08 (row 5)"] == "there is no folder of this clip"
    assert "has no pictures" in dropped["sub05/EP09_05f (row 4)"]


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
        casme2.load("casme9")
    with pytest.raises(InputError, match="no sheet with the columns `Subject`"):
        casme2.load("samm")
    with pytest.raises(InputError, match="no clips of SMIC-HS"):
        casme2.load("smic_hs")
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
    row = casme2.load("casme2").clips[0]
    place = row["frame_numbers"].index(row["apex"])
    np.testing.assert_allclose(read_image(row["frames"][place]), 40 + 59 - 44, atol=2)
