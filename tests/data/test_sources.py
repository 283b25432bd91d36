"""Each dataset's tree, with its layout and quirks, loads to exactly the rows expected."""

import pytest

from micron_bert.data import load
from micron_bert.errors import InputError
from micron_bert.labels.classes import five_class, three_class


def keys(loaded):
    return [(row["subject"], row["clip"], row["onset"], row["apex"], row["offset"]) for row in loaded.clips]


def units(row):
    return [(unit["number"], unit["side"], unit["intensity"]) for unit in row["action_units"]]


def said(loaded, kind):
    return {remark.row: remark.reason for remark in loaded.report.remarks if remark.kind == kind}


SAMM_HEADER = (
    "Subject",
    "Filename",
    "Inducement Code",
    "Onset Frame",
    "Apex Frame",
    "Offset Frame",
    "Duration",
    "Micro",
)
SAMM_HEADER += ("Action Units", "Estimated Emotion", "Objective Classes", "Notes")
SAMM_ROWS = [
    ("006", "006_1_2", 1, 5562, 5588, 5632, 71, "Micro - 1/2", "(R6 or R12)+R15", "Other", 7, None),
    (9, "009_3_1", 3, 3577, 3580, 3582, 6, "Micro - 1/2", "4D+ref(6)+7C+43E", "Anger", 2, None),
    (28, "028_4_1", 4, 10, 20, 15, 6, "Micro - 1/2", "R14A or 17A or 24A", "Contempt", 7, "a note"),
]


@pytest.fixture
def samm(tree):
    tree.xlsx(
        "SAMM_Micro_FACS_Codes_v2.xlsx", {"MICRO_ONLY": [("Explanations",), *[()] * 12, SAMM_HEADER, *SAMM_ROWS]}
    )
    tree.pictures("SAMM/006/006_1_2", [f"006_{n:05d}.jpg" for n in range(5562, 5633)])
    tree.pictures("SAMM/009/009_3_1", [f"009_{n:04d}.jpg" for n in range(3576, 3583)])
    tree.pictures("SAMM/028/028_4_1", [f"028_{n:05d}.jpg" for n in range(10, 16)])
    return tree


def test_samm(samm):
    loaded = load("samm", samm.root)
    assert keys(loaded) == [
        ("006", "006_1_2", 5562, 5588, 5632),
        ("009", "009_3_1", 3577, 3580, 3582),
        ("028", "028_4_1", 10, None, 15),
    ]
    rows = loaded.clips.to_list()
    assert rows[1]["frame_numbers"] == list(range(3576, 3583)) and rows[1]["frames"][0].endswith("009_3576.jpg")
    assert units(rows[0]) == [(6, "right", ""), (12, "right", ""), (15, "right", "")]
    assert units(rows[1]) == [(4, "both", "D"), (6, "both", ""), (7, "both", "C"), (43, "both", "E")]
    assert [row["emotion"] for row in rows] == ["other", "anger", "contempt"]
    assert [row["objective_class"] for row in rows] == [7, 2, 7]
    assert [three_class(row["emotion"], "samm") for row in rows] == [None, "negative", "negative"]
    assert [five_class(row["emotion"], "samm") for row in rows] == ["other", "anger", "contempt"]
    assert "028/028_4_1 (row 17)" in said(loaded, "mended")


def smic_short(tree, root):
    tree.pictures(f"{root}HS/s1/micro/negative/s1_ne_01", [f"image{n:06d}.bmp" for n in range(559, 566)])
    tree.pictures(f"{root}HS/s03/micro/surprise/s3_sur_02", [f"image{n:06d}.bmp" for n in range(9, 12)])
    tree.pictures(f"{root}HS/s1/non_micro/s1_non_micro_01", ["image000001.bmp"])
    tree.pictures(f"{root}VIS/s11/micro/positive/s11_po_01", [f"image{n:06d}.bmp" for n in range(3)])


@pytest.mark.parametrize("root", ["", "SMIC/SMIC/"])
def test_smic_short(tree, root):
    smic_short(tree, root)
    loaded = load("smic_hs", tree.root)
    assert keys(loaded) == [("s01", "s01_ne_01", 559, None, 565), ("s03", "s03_sur_02", 9, None, 11)]
    assert loaded.clips["emotion"][:] == ["negative", "surprise"] and loaded.clips["fps"][:] == [100, 100]
    vis = load("SMIC-VIS", tree.root)
    assert keys(vis) == [("s11", "s11_po_01", 0, None, 2)] and vis.clips[0]["fps"] == 25
    with pytest.raises(InputError, match="no clips of SMIC-NIR"):
        load("smic_nir", tree.root)


def test_smic_cropped(tree):
    tree.pictures("SMIC_all_cropped/HS/s1/micro/negative/s1_ne_01", ["reg_image000560.bmp", "reg_image000561.bmp"])
    loaded = load("smic_hs", tree.root / "SMIC_all_cropped" / "HS")
    assert keys(loaded) == [("s01", "s01_ne_01", 560, None, 561)] and loaded.report.variant == "cropped"


def test_smic_extended(tree):
    header = (
        "Subject",
        "Filename",
        None,
        "OnsetF",
        "OffsetF",
        "Onset2F",
        "Offset2F",
        None,
        "FirstF",
        "LastF",
        "Emotion",
    )
    rows = [
        ("s3", "s3_ne_01", None, 90830, 90833, None, None, None, 90823, 90840, "negative"),
        ("s20", "s20_ne_06", None, 10, 12, 15, 17, None, 9, 18, "negative"),
        ("total", "162 samples"),
    ]
    tree.xlsx("SMIC-HS-E_annotation.xlsx", {"Sheet1": [header, *rows]})
    home = "SMIC-E_raw image/HS_long/SMIC-HS-E/HS"
    tree.pictures(f"{home}/s03/s3_ne_01", [f"image{n:06d}.jpg" for n in range(90823, 90841)])
    tree.pictures(f"{home}/s20/s20_ne_06", [f"image{n:06d}.jpg" for n in range(9, 19)])
    # the short clip of the same name is another one
    tree.pictures("HS/s20/micro/negative/s20_ne_06", ["image000001.bmp"])
    loaded = load("smic_hs_e", tree.root)
    assert keys(loaded) == [
        ("s03", "s03_ne_01", 90830, None, 90833),
        ("s20", "s20_ne_06", 10, None, 12),
        ("s20", "s20_ne_06_2", 15, None, 17),
    ]
    assert loaded.clips[2]["frame_numbers"] == list(range(9, 19))
    assert not said(loaded, "dropped") and said(loaded, "noted")["row 4"] == "it names no clip (`total`)"


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
    loaded = load("casme_sq2", tree.root)
    assert keys(loaded) == [
        ("s15", "anger1_1_557", 557, 572, 608),
        ("s15", "anger1_2_998", 998, 1001, 1001),
        ("s16", "disgusting2_1_3", 3, 4, 6),
    ]
    assert loaded.clips["interval_type"][:] == ["macro", "micro", "micro"]
    assert [len(row["frames"]) for row in loaded.clips] == [52, 4, 4]
    assert loaded.clips[1]["frames"][-1].endswith("img1001.jpg")
    assert said(loaded, "mended") == {"s15/anger1_2_998 (row 2)": "the offset is 0; the apex 1001 is taken"}
    assert said(loaded, "dropped") == {
        "row 5": "its type is `blink`, not micro- or macro-expression",
        "s16/unknown_1_3 (row 4)": "there is no folder of this clip",
    }


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
    loaded = load("casme3", casme3.root)
    assert keys(loaded) == [
        ("spNO.1", "a_355", 355, 359, 360),
        ("spNO.14", "j_12", 12, 14, 18),
        ("spNO.149", "d_112", 112, None, 118),
        ("spNO.216", "d_3647", 2647, 2668, 2694),
        ("spNO.216", "e_0", 1, 1, 5),
        ("spNO.40", "e_1812", 1812, 1814, 1814),
    ]
    assert loaded.clips[0]["frame_numbers"] == list(range(355, 361)) and "color" in loaded.clips[0]["frames"][0]
    assert loaded.clips["objective_class"][:] == [2, 7, 7, 7, 7, 7] and loaded.clips[0]["emotion"] == "others"
    assert units(loaded.clips[1]) == [(18, "top", ""), (14, "both", "")]
    assert not said(loaded, "dropped")
    mended = said(loaded, "mended")
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
    loaded = load("casme3", casme3.root)
    assert keys(loaded) == [("spNO.1", "a_355", 355, 359, 360), ("spNO.14", "j_12", 12, 14, 18)]
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
    loaded = load("casme3", casme3.root, annotation=sheet)
    assert keys(loaded) == [("spNO.1", "a_5", 5, 6, 7), ("spNO.1", "b_5", 5, 6, 7)]
    assert loaded.clips["interval_type"][:] == ["micro", "macro"] and loaded.clips["emotion"][:] == [None, None]
    assert units(loaded.clips[0]) == [(12, "both", "")]


def test_casme3_parts_b_and_c(tree):
    tree.pictures("part_B/spNO.7/a/color", [f"{n}.jpg" for n in range(1, 12)])
    tree.pictures("part_B/spNO.7/a/depth", [f"{n}.png" for n in range(1, 3)])
    tree.pictures("part_B/spNO.7/b", [f"{n}.jpg" for n in range(4, 6)])
    tree.pictures("part_A/spNO.7/a/color", ["1.jpg"])
    loaded = load("casme3_b", tree.root)
    assert keys(loaded) == [("spNO.7", "a", 1, None, 11), ("spNO.7", "b", 4, None, 5)]
    assert loaded.clips[0]["frame_numbers"] == list(range(1, 12)) and loaded.clips[0]["emotion"] is None
    header = ("sub", "count", "onset", "offset", "au", "emotion")
    rows = [(7, 1, 3, 6, "1,2", "negative"), (7, 2, 8, 9, 14, "positive"), (8, 1, 2, 3, "4，7", "others")]
    tree.xlsx("annotation/partC/CAS(ME)3_part_C_ME.xlsx", {"mockCrimeME": [header, *rows]})
    tree.pictures("part_C/spNO.7/color", [f"{n}.jpg" for n in range(1, 12)])
    tree.pictures("part_C/8/1/color", [f"{n}.jpg" for n in range(2, 4)])
    loaded = load("casme3_c", tree.root)
    assert keys(loaded) == [("spNO.7", "1", 3, None, 6), ("spNO.7", "2", 8, None, 9), ("spNO.8", "1", 2, None, 3)]
    assert loaded.clips[0]["frame_numbers"] == [3, 4, 5, 6] and "part_C" in loaded.clips[0]["frames"][0]
    assert [units(row) for row in loaded.clips] == [
        [(1, "both", ""), (2, "both", "")],
        [(14, "both", "")],
        [(4, "both", ""), (7, "both", "")],
    ]


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
    loaded = load("mmew", tree.root)
    assert keys(loaded) == [("S13", "S13-07-001", 2, 4, 6), ("S03", "S03-01-002", 1, None, None)]
    assert loaded.clips[0]["frame_numbers"] == list(range(1, 12)) and loaded.clips[0]["fps"] == 90
    assert [remark.reason for remark in loaded.report.noted] == ["there is no apex", "there is no offset"]


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
    loaded = load("4dme", tree.root)
    assert keys(loaded) == [("S01", "S01_1", 1, 2, 3), ("S02", "S02_1", 1, 2, 3), ("S02", "S02_2", 1, 2, 3)]
    assert loaded.clips["emotion"][:] == ["surprise+positive", "negative", "positive"]
    assert [units(row) for row in loaded.clips] == [[(12, "both", "")], [(4, "both", "")], [(12, "both", "")]]
    assert loaded.report.variant == "raw" and "crop" not in loaded.clips[0]["frames"][0]
    assert "are exchanged in the sheet" in said(loaded, "mended")["S02/S02_1 (row 3)"]
    assert load("4dme", tree.root, variant="cropped").report.loaded == 3


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
    loaded = load("casme", tree.root)
    assert keys(loaded) == [("sub01", "EP01_5", 100, 103, 106), ("sub12", "EP02_3", 9, 10, 11)]
    assert loaded.clips[0]["frame_numbers"] == list(range(98, 108)) and loaded.clips[0]["emotion"] == "repression"
    assert said(loaded, "mended") == {"sub12/EP02_3 (row 3)": "there is no picture of the offset 12; 11 is taken"}
    assert said(loaded, "noted")["sub01/EP01_5 (row 2)"] == "there is a second apex, 104; the first is taken"


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
    loaded = load("samm_long", samm.root)
    assert keys(loaded) == [
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
    assert set(said(loaded, "dropped")) == {"006/006_1_4 (row 13)", "006_1_5 (row 14)"}
    assert "begins before the video" in said(loaded, "noted")["006/006_1_4 (row 13)"]
    assert any("V1_Release" in row for row in said(loaded, "noted"))


def test_dfme(tree):
    header = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "EmotionId", "Fps", "AU")
    tree.xlsx("DFME_train.xlsx", {"a": [header, ("sub0003", "sub0003_01", 1, 3, 5, "Happiness", 1, 200, "12")]})
    tree.xlsx("DFME_testA.xlsx", {"a": [header, (4, "sub0004_02", 2, 3, 4, None, None, "?", "4")]})
    tree.pictures("train/sub0003/sub0003_01", [f"{n}.png" for n in range(1, 7)])
    tree.pictures("test/sub0004_02", [f"{n}.png" for n in range(1, 7)])
    loaded = load("dfme", tree.root)
    assert sorted(keys(loaded)) == [("sub0003", "sub0003_01", 1, 3, 5), ("sub0004", "sub0004_02", 2, 3, 4)]
    assert sorted(loaded.clips["fps"][:]) == [200, 500]
    assert said(loaded, "mended") == {"4/sub0004_02 (row 2)": "its frame rate is `?`; 500 is taken"}


def test_folder_with_metadata(tree):
    text = "subject,clip,frames,onset,apex,offset,fps,emotion,action_units,interval_type\n"
    text += "anna,first,anna/1,2,3,4,120,Happiness,R12+6,micro\nben,,ben/talk,,,,,,,\ncleo,gone,nowhere,1,2,3,,,,\n"
    tree.file("mine/metadata.csv", text.encode("utf-8-sig"))
    tree.pictures("mine/anna/1", [f"{n}.png" for n in range(1, 6)])
    tree.pictures("mine/ben/talk", [f"{n}.png" for n in range(9, 12)])
    loaded = load("folder", tree.root)
    assert keys(loaded) == [("anna", "first", 2, 3, 4), ("ben", "talk", 9, None, 11)]
    first, second = loaded.clips
    assert (first["fps"], first["emotion"], units(first)) == (120, "happiness", [(12, "right", ""), (6, "both", "")])
    assert second["fps"] == 30 and second["emotion"] is None
    assert said(loaded, "dropped") == {"cleo/gone (row 4)": "there is no folder of this clip"}


def test_onset_that_the_metadata_leave_open_is_the_first_frame_and_nothing_else_is_lost(tree):
    tree.file("metadata.csv", b"subject,frames,onset,apex,offset\nanna,a,,12,13\nben,b,,11,\n")
    for name in "ab":
        tree.pictures(name, [f"{n}.png" for n in range(10, 15)])
    loaded = load("folder", tree.root)
    assert keys(loaded) == [("anna", "a", 10, 12, 13), ("ben", "b", 10, 11, None)]
    assert said(loaded, "mended") == {
        f"{clip} (row {row})": "its onset is empty; the first frame, 10, is taken"
        for clip, row in (("anna/a", 2), ("ben/b", 3))
    }


def test_folder_of_videos(tree):
    import numpy as np

    from micron_bert.video import write_video

    frames = [np.full((32, 32, 3), 10 * n, np.uint8) for n in range(6)]
    (tree.root / "anna").mkdir(parents=True)
    write_video(tree.root / "anna" / "talk.mp4", frames, 25)
    write_video(tree.root / "ben.mp4", frames, 50)
    tree.file("broken.mp4")
    loaded = load("videos", tree.root)
    assert sorted((row["subject"], row["clip"], row["fps"]) for row in loaded.clips) == [
        ("anna", "anna/talk", 25),
        ("ben", "ben", 50),
    ]
    assert all(len(row["frames"]) == 1 for row in loaded.clips)
    assert "cannot be read as a video" in said(loaded, "dropped")["broken/broken (broken.mp4)"]


def test_two_intervals_with_one_name_and_a_repeated_row(tree):
    header = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion")
    rows = [(1, "EP01", 1, 2, 3, "fear"), (1, "EP01", 5, 6, 7, "fear"), (1, "EP01", 1, 2, 3, "fear")]
    tree.xlsx("CASME2-coding-20140508.xlsx", {"Sheet1": [header, *rows]})
    tree.pictures("sub01/EP01", [f"img{n}.jpg" for n in range(1, 9)])
    loaded = load("casme2", tree.root)
    assert keys(loaded) == [("sub01", "EP01", 1, 2, 3), ("sub01", "EP01_5", 5, 6, 7)]
    assert said(loaded, "dropped") == {"sub01/EP01 (row 4)": "it repeats row 2"}


def test_link_that_leads_back(samm):
    (samm.root / "SAMM" / "again").symlink_to(samm.root)
    assert load("samm", samm.root).report.loaded == 3


def test_copies_of_frames_are_no_frames(tree):
    tree.file("metadata.csv", b"subject,frames\nanna,a\nben,b\n")
    tree.pictures("a", ["image000596.bmp", "image000606.bmp", "image000606 (1).bmp", "image000606 - Copy.bmp"])
    tree.pictures("b", ["face (1).png", "face (2).png"])  # no copies, but names that a system gives
    loaded = load("folder", tree.root)
    assert [row["frame_numbers"] for row in loaded.clips] == [[596, 606], [1, 2]]
    assert "`image000606 (1).bmp`" in str(said(loaded, "noted"))


def test_unicode_text_of_excel(tree):
    tree.file("metadata.csv", "subject\tframes\tonset\tapex\nanna\ta\t1\t2\n".encode("utf-16"))
    tree.pictures("a", ["1.png", "2.png", "3.png"])
    assert keys(load("folder", tree.root)) == [("anna", "a", 1, 2, None)]
