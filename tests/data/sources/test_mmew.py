"""MMEW: folders by emotion or by subject."""

import pytest


@pytest.mark.parametrize("layout", ["MMEW_Final/Micro_Expression/{emotion}/{clip}", "{subject}/{emotion}/{clip}"])
def test_mmew(tree, layout):
    header = (
        "Subject",
        "Filename",
        "OnsetFrame",
        "ApexFrame",
        "OffsetFrame",
        "Action Units",
        "Estimated Emotion",
        "remarks",
    )
    rows = [
        (13, "S13-07-001", 2, 4, 6, "4+7", "anger", None),
        ("3", "S03-01-002", 1, None, None, "12", "happiness", "x"),
    ]
    tree.xlsx("MMEW_Micro_Exp.xlsx", {"Sheet1": [header, *rows]})
    for subject, emotion, clip in (("S13", "anger", "S13-07-001"), ("S03", "happiness", "S03-01-002")):
        place = layout.format(subject=subject, emotion=emotion, clip=clip)
        tree.pictures(place, [f"{n}.jpg" for n in range(1, 12)])
    tree.pictures("MMEW_Final/Macro_Expression/S13/anger", ["S13-07-001.jpg"])
    loaded = tree.load("mmew")
    assert loaded.keys == [("S13", "S13-07-001", 2, 4, 6), ("S03", "S03-01-002", 1, None, None)]
    assert loaded.clips[0]["frame_numbers"] == list(range(1, 12)) and loaded.clips[0]["fps"] == 90
    assert [remark.reason for remark in loaded.report.noted] == ["there is no apex", "there is no offset"]
