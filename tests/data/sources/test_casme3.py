"""CAS(ME)³: long videos, clips, macro-expressions, and parts B and C."""

import pytest

CASME3_HEADER = ("Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion")
CASME3_ROWS = [
    ("spNO.1", "a", "355", "359", "360", "5", "II", "Others"),
    ("spNO.14", "J", "12", "14", "18", "T18+14", "VII", "disgust"),
    ("spNO.149", "d", "112", "83", "118", "14", "VII", "fear"),
    ("spNO.216", "d", "3647", "2668", "2694", "38", "VII", "others"),
    ("spNO.216", "e", "0", "0", "5", "14", "VII", "sad"),
    ("spNO.40", "e", "1812", "1814", "0", "18", "VII", "happy"),
]


@pytest.fixture
def casme3(tree):
    tree.xlsx("annotation/partA/cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", {"label": [CASME3_HEADER, *CASME3_ROWS]})
    tree.xlsx("annotation/partA/CAS(ME)3_part_A_wrongly_labeled_me_in_V1.xlsx", {"Sheet1": [("spNO.1", "a", 1)]})
    return tree


def test_casme3_long_videos(casme3):
    frames = {"spNO.1/a": (300, 370), "spNO.14/j": (1, 30), "spNO.149/d": (100, 120), "spNO.216/d": (2640, 2700)}
    frames |= {"spNO.216/e": (1, 40), "spNO.40/e": (1800, 1830)}
    for folder, (first, last) in frames.items():
        casme3.pictures(f"part_A/{folder}/color", [f"{n}.jpg" for n in range(first, last)])
        casme3.pictures(f"part_A/{folder}/depth", [f"{n}.png" for n in range(first, first + 2)])
    loaded = casme3.load("casme3")
    assert loaded.keys == [
        ("spNO.1", "a_355", 355, 359, 360),
        ("spNO.14", "j_12", 12, 14, 18),
        ("spNO.149", "d_112", 112, None, 118),
        ("spNO.216", "d_3647", 2647, 2668, 2694),
        ("spNO.216", "e_0", 1, 1, 5),
        ("spNO.40", "e_1812", 1812, 1814, 1814),
    ]
    assert loaded.clips[0]["frame_numbers"] == list(range(355, 361)) and "color" in loaded.clips[0]["frames"][0]
    assert loaded.clips["objective_class"][:] == [2, 7, 7, 7, 7, 7] and loaded.clips[0]["emotion"] == "others"
    assert loaded.units[1] == [(18, "top", ""), (14, "both", "")]
    assert not loaded.said("dropped")
    mended = loaded.said("mended")
    assert mended["spNO.216/d_3647 (row 5)"] == "the onset 3647 is after the apex 2668; 2647 is taken"
    assert set(mended) == {
        "spNO.14/j_12 (row 3)",
        "spNO.149/d_112 (row 4)",
        "spNO.216/d_3647 (row 5)",
        "spNO.216/e_0 (row 6)",
        "spNO.40/e_1812 (row 7)",
    }


def test_casme3_clips_in_another_case(casme3):
    casme3.pictures("Part_A_ME_clip/frame/spNo.1_a_355", [f"{n}.jpg" for n in range(355, 361)])
    casme3.pictures("Part_A_ME_clip/depth/spNo.1_a_355", [f"{n}.png" for n in range(355, 361)])
    casme3.file("Part_A_ME_clip/video/spNo.14_J_12.mp4")
    loaded = casme3.load("casme3")
    assert loaded.keys == [("spNO.1", "a_355", 355, 359, 360), ("spNO.14", "j_12", 12, 14, 18)]
    assert all("/frame/" in path for path in loaded.clips[0]["frames"])
    assert loaded.clips[1]["frames"] == [str(casme3.root / "Part_A_ME_clip/video/spNo.14_J_12.mp4")]
    assert loaded.clips[1]["frame_numbers"] == list(range(12, 19))


def test_casme3_with_macro_expressions(casme3):
    header = ("Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Expression type", "Objective class")
    rows = [
        ("spNO.1", "a", 5.0, 6.0, 7.0, 12.0, "Micro-expression", "I"),
        ("spNO.1", "b", 5, 6, 7, "4", "Macro-expression", ""),
    ]
    casme3.xls("annotation/partA/CAS(ME)3_part_A_v2.xls", {"eye blink": [("x",)], "AU+Emotion": [header, *rows]})
    for letter in "ab":
        casme3.pictures(f"part_A/spNO.1/{letter}/color", [f"{n}.jpg" for n in range(1, 10)])
    sheet = casme3.root / "annotation/partA/CAS(ME)3_part_A_v2.xls"
    loaded = casme3.load("casme3", annotation=sheet)
    assert loaded.keys == [("spNO.1", "a_5", 5, 6, 7), ("spNO.1", "b_5", 5, 6, 7)]
    assert loaded.clips["interval_type"][:] == ["micro", "macro"] and loaded.clips["emotion"][:] == [None, None]
    assert loaded.units[0] == [(12, "both", "")]


def test_casme3_parts_b_and_c(tree):
    tree.pictures("part_B/spNO.7/a/color", [f"{n}.jpg" for n in range(1, 12)])
    tree.pictures("part_B/spNO.7/a/depth", [f"{n}.png" for n in range(1, 3)])
    tree.pictures("part_B/spNO.7/b", [f"{n}.jpg" for n in range(4, 6)])
    tree.pictures("part_A/spNO.7/a/color", ["1.jpg"])
    loaded = tree.load("casme3_b")
    assert loaded.keys == [("spNO.7", "a", 1, None, 11), ("spNO.7", "b", 4, None, 5)]
    assert loaded.clips[0]["frame_numbers"] == list(range(1, 12)) and loaded.clips[0]["emotion"] is None
    header = ("sub", "count", "onset", "offset", "au", "emotion")
    rows = [(7, 1, 3, 6, "1,2", "negative"), (7, 2, 8, 9, 14, "positive"), (8, 1, 2, 3, "4，7", "others")]
    tree.xlsx("annotation/partC/CAS(ME)3_part_C_ME.xlsx", {"mockCrimeME": [header, *rows]})
    tree.pictures("part_C/spNO.7/color", [f"{n}.jpg" for n in range(1, 12)])
    tree.pictures("part_C/8/1/color", [f"{n}.jpg" for n in range(2, 4)])
    loaded = tree.load("casme3_c")
    assert loaded.keys == [("spNO.7", "1", 3, None, 6), ("spNO.7", "2", 8, None, 9), ("spNO.8", "1", 2, None, 3)]
    assert loaded.clips[0]["frame_numbers"] == [3, 4, 5, 6] and "part_C" in loaded.clips[0]["frames"][0]
    assert loaded.units == [
        [(1, "both", ""), (2, "both", "")],
        [(14, "both", "")],
        [(4, "both", ""), (7, "both", "")],
    ]
