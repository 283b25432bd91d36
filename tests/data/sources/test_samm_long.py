"""SAMM Long Videos: intervals in long videos, from several versions of the sheet."""


def test_samm_long(samm):
    rows = [
        ("006", "006_1_2", 1, 5562, 5570, 5575, 14, "Micro - 1/2", "R12", None),
        ("006", "006_1_3", 1, 5580, 5590, 0, 11, "Macro", "4", None),
        (6, "006_1_4", 1, 1, 5568, 5569, 9, "Macro", "4", "extremely long"),
        ("006", "006_1_5", 1, 5580, 5590, 5591, 9, None, "4", None),
        ("006", "006_1_6", 1, 5566.4, 5570.6, 5580.5, 9, "Macro", "4", None),
        ("006", "006_1_7", 1, 5590, 5595, 5620, 9, "Macro", "4", None),
    ]
    explanations = [
        ("Notes",),
        *[()] * 8,
        ("Subject", "Filename", "Code", "Onset", "Apex", "Offset", "D", "Type", "AU", "N"),
    ]
    for version in (1, 3):
        samm.xlsx(f"SAMM_LongVideos_V{version}_Release.xlsx", {"Sheet1": [*explanations, *rows[: 2 * version]]})
    samm.pictures("SAMM_longvideos/006_1", [f"006_1_{n:04d}.jpg" for n in range(5560, 5600)])
    loaded = samm.load("samm_long")
    assert loaded.keys == [
        ("006", "006_1_2", 5562, 5570, 5575),
        ("006", "006_1_3", 5580, 5590, 5590),
        ("006", "006_1_6", 5566, 5571, 5581),
        ("006", "006_1_7", 5590, 5595, 5599),
    ]
    assert loaded.clips["interval_type"][:] == ["micro", "macro", "macro", "macro"]
    assert loaded.clips["emotion"][:2] == ["other", None]
    mended = [str(remark) for remark in loaded.report.mended]
    assert any("the onset is `5566.4`, no whole frame; 5566 is taken" in remark for remark in mended)
    assert any("the video ends at 5599, before the offset 5620; 5599 is taken" in remark for remark in mended)
    assert loaded.clips[1]["frame_numbers"] == list(range(5580, 5591))
    assert set(loaded.said("dropped")) == {"006/006_1_4 (row 13)", "006_1_5 (row 14)"}
    assert "begins before the video" in loaded.said("noted")["006/006_1_4 (row 13)"]
    assert any("V1_Release" in row for row in loaded.said("noted"))
