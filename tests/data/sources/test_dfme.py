"""DFME: sheets for training and test, and frame rates that differ."""


def test_dfme(tree):
    header = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "EmotionId", "Fps", "AU")
    tree.xlsx("DFME_train.xlsx", {"a": [header, ("sub0003", "sub0003_01", 1, 3, 5, "Happiness", 1, 200, "12")]})
    tree.xlsx("DFME_testA.xlsx", {"a": [header, (4, "sub0004_02", 2, 3, 4, None, None, "?", "4")]})
    tree.pictures("train/sub0003/sub0003_01", [f"{n}.png" for n in range(1, 7)])
    tree.pictures("test/sub0004_02", [f"{n}.png" for n in range(1, 7)])
    loaded = tree.load("dfme")
    assert sorted(loaded.keys) == [("sub0003", "sub0003_01", 1, 3, 5), ("sub0004", "sub0004_02", 2, 3, 4)]
    assert sorted(loaded.clips["fps"][:]) == [200, 500]
    assert loaded.said("mended") == {"4/sub0004_02 (row 2)": "its frame rate is `?`; 500 is taken"}
