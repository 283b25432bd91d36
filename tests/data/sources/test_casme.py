"""CASME: raw and cropped pictures, and a second apex."""

import pytest


@pytest.mark.parametrize("prefix, folder", [("", "CASME_raw_selected"), ("reg_", "Cropped")])
def test_casme(tree, prefix, folder):
    header = ("Emotion", "Subject", None, "Filename", "OnsetF", "ApexF1", "ApexF2", "OffsetF", "AU")
    rows = [
        ("Repression", 1, None, "EP01_5", 100, 103, 104, 106, "4+R7"),
        ("Tense", 12, None, "EP02_3", 9, 10, 0, 12, 14),
    ]
    tree.xlsx("CASME.xlsx", {"Sheet1": [header, *rows]})
    tree.pictures(f"{folder}/sub01/EP01_5", [f"{prefix}EP01_5-{n}.jpg" for n in range(98, 108)])
    tree.pictures(f"{folder}/sub12/EP02_3", [f"{prefix}EP02_3-{n}.jpg" for n in range(8, 12)])
    loaded = tree.load("casme")
    assert loaded.keys == [("sub01", "EP01_5", 100, 103, 106), ("sub12", "EP02_3", 9, 10, 11)]
    assert loaded.clips[0]["frame_numbers"] == list(range(98, 108)) and loaded.clips[0]["emotion"] == "repression"
    assert loaded.said("mended") == {"sub12/EP02_3 (row 3)": "there is no picture of the offset 12; 11 is taken"}
    assert loaded.said("noted")["sub01/EP01_5 (row 2)"] == "there is a second apex, 104; the first is taken"
