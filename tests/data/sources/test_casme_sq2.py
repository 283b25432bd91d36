"""CAS(ME)²: numbers of people and of videos stand in sheets of their own."""

import pytest


@pytest.mark.parametrize(
    "people, codes",
    [
        ([(1, "s15"), (2, "s16")], [("anger1", 401), ("disgusting2", "0102")]),
        # as in the copies that users get: the folder's number first, the participant last, the code before the video
        ([(15, "s15", 1), (16, "s16", 2)], [("0401", "anger1"), ("0102", "disgusting2")]),
    ],
)
@pytest.mark.parametrize("sheet", ["CAS(ME)^2code_final.xlsx", "CAS(ME)2code_final(Updated).xlsx"])
def test_casme_sq2(tree, sheet, people, codes):
    intervals = [
        (1, "anger1_1", 557, 572, 608, "4+10+14+15", "negative", "macro-expression", "anger"),
        (1, "anger1_2", 998, 1001, 0, "7", "negative", "micro-expression", "anger"),
        (2, "disgusting2_1", 3, 4, 6, "R14", "others", "micro-expression", "disgust"),
        (2, "unknown_1", 3, 4, 6, "12", "positive", "micro-expression", "happiness"),
        (2, "disgusting2_2", 8, 9, 10, "12", "positive", "blink", "happiness"),
    ]
    tree.xlsx(
        f"CASME_sq/{sheet}",
        {"1": intervals, "2": people, "3": codes},
    )
    tree.pictures(
        "CASME_sq/rawpic/s15/15_0401anger1", [f"img{n:03d}.jpg" for n in (*range(555, 610), *range(998, 1004))]
    )
    tree.pictures("CASME_sq/rawpic/s16/16_0102disgusting2", [f"img{n:03d}.jpg" for n in range(1, 9)])
    tree.pictures("CASME_sq/selectedpic/s16/16_0102disgusting2", ["img003.jpg"])
    loaded = tree.load("casme_sq2")
    assert loaded.keys == [
        ("s15", "anger1_1_557", 557, 572, 608),
        ("s15", "anger1_2_998", 998, 1001, 1001),
        ("s16", "disgusting2_1_3", 3, 4, 6),
    ]
    assert loaded.clips["interval_type"][:] == ["macro", "micro", "micro"]
    # the coders' estimate; what the participant said is the last column
    assert loaded.clips["emotion"][:] == ["negative", "negative", "others"]
    assert [len(row["frames"]) for row in loaded.clips] == [52, 4, 4]
    assert loaded.clips[1]["frames"][-1].endswith("img1001.jpg")
    assert loaded.said("mended") == {"s15/anger1_2_998 (row 2)": "the offset is 0; the apex 1001 is taken"}
    assert loaded.said("dropped") == {
        "row 5": "its type is `blink`, not micro- or macro-expression",
        "s16/unknown_1_3 (row 4)": "there is no folder of this clip",
    }
