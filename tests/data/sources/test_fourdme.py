"""4DME: several emotions of one clip, and columns that are exchanged in the sheet."""


def test_4dme(tree):
    header = ("sub_ID", "fold_name", "Emotion", "Onset", "Apex", "Offset", "AUs", "AU4", "AU12")
    header += ("Positive", "Negative", "Surprise", "Repression", "Others")
    rows = [
        ("S01", "S01_1", "Surprise+Positive", 1, 2, 3, "AU12+AU4(k)", 0, 1, 1, 0, 1, 0, 0),
        ("S02", "S02_1", "Negative", 1, 2, 3, "AU12", 0, 1, 1, 0, 0, 0, 0),
        ("S02", "S02_2", "Positive", 1, 2, 3, "AU4", 1, 0, 0, 1, 0, 0, 0),
    ]
    tree.xlsx("4DME_Labelling_Micro_release v1.xlsx", {"Sheet1": [header, *rows]})
    for subject, clip in (("S01", "S01_1"), ("S02", "S02_1"), ("S02", "S02_2")):
        tree.pictures(f"gray_micro/{subject}/{clip}", [f"{n}.jpg" for n in range(1, 4)])
        tree.pictures(f"gray_micro_crop/{subject}/{clip}", [f"{n}.jpg" for n in range(1, 4)])
    loaded = tree.load("4dme")
    assert loaded.keys == [("S01", "S01_1", 1, 2, 3), ("S02", "S02_1", 1, 2, 3), ("S02", "S02_2", 1, 2, 3)]
    assert loaded.clips["emotion"][:] == ["surprise+positive", "negative", "positive"]
    assert loaded.units == [[(12, "both", "")], [(4, "both", "")], [(12, "both", "")]]
    assert loaded.report.variant == "raw" and "crop" not in loaded.clips[0]["frames"][0]
    assert "are exchanged in the sheet" in loaded.said("mended")["S02/S02_1 (row 3)"]
    assert tree.load("4dme", variant="cropped").report.loaded == 3
