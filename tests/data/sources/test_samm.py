"""SAMM: rows of `[subject, clip, onset, apex, offset]`, action units with sides, and what is mended."""

from micron_bert.labels.classes import five_class, three_class


def test_samm(samm):
    loaded = samm.load("samm")
    assert loaded.keys == [
        ("006", "006_1_2", 5562, 5588, 5632),
        ("009", "009_3_1", 3577, 3580, 3582),
        ("028", "028_4_1", 10, None, 15),
    ]
    rows = loaded.clips.to_list()
    assert rows[1]["frame_numbers"] == list(range(3576, 3583)) and rows[1]["frames"][0].endswith("009_3576.jpg")
    assert loaded.units[0] == [(6, "right", ""), (12, "right", ""), (15, "right", "")]
    assert loaded.units[1] == [(4, "both", "D"), (6, "both", ""), (7, "both", "C"), (43, "both", "E")]
    assert [row["emotion"] for row in rows] == ["other", "anger", "contempt"]
    assert [row["objective_class"] for row in rows] == [7, 2, 7]
    assert [three_class(row["emotion"], "samm") for row in rows] == [None, "negative", "negative"]
    assert [five_class(row["emotion"], "samm") for row in rows] == ["other", "anger", "contempt"]
    assert "028/028_4_1 (row 17)" in loaded.said("mended")
