"""SMIC: folders alone, cropped pictures, and the extended version with its sheet."""

import pytest

from micron_bert.errors import InputError


def smic_short(tree, root):
    tree.pictures(f"{root}HS/s1/micro/negative/s1_ne_01", [f"image{n:06d}.bmp" for n in range(559, 566)])
    tree.pictures(f"{root}HS/s03/micro/surprise/s3_sur_02", [f"image{n:06d}.bmp" for n in range(9, 12)])
    tree.pictures(f"{root}HS/s1/non_micro/s1_non_micro_01", ["image000001.bmp"])
    tree.pictures(f"{root}VIS/s11/micro/positive/s11_po_01", [f"image{n:06d}.bmp" for n in range(3)])


@pytest.mark.parametrize("root", ["", "SMIC/SMIC/"])
def test_smic_short(tree, root):
    smic_short(tree, root)
    loaded = tree.load("smic_hs")
    assert loaded.keys == [("s01", "s01_ne_01", 559, None, 565), ("s03", "s03_sur_02", 9, None, 11)]
    assert loaded.clips["emotion"][:] == ["negative", "surprise"] and loaded.clips["fps"][:] == [100, 100]
    vis = tree.load("SMIC-VIS")
    assert vis.keys == [("s11", "s11_po_01", 0, None, 2)] and vis.clips[0]["fps"] == 25
    with pytest.raises(InputError, match="no clips of SMIC-NIR"):
        tree.load("smic_nir")


def test_smic_cropped(tree):
    tree.pictures("SMIC_all_cropped/HS/s1/micro/negative/s1_ne_01", ["reg_image000560.bmp", "reg_image000561.bmp"])
    loaded = tree.load("smic_hs", below="SMIC_all_cropped/HS")
    assert loaded.keys == [("s01", "s01_ne_01", 560, None, 561)] and loaded.report.variant == "cropped"


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
    loaded = tree.load("smic_hs_e")
    assert loaded.keys == [
        ("s03", "s03_ne_01", 90830, None, 90833),
        ("s20", "s20_ne_06", 10, None, 12),
        ("s20", "s20_ne_06_2", 15, None, 17),
    ]
    assert loaded.clips[2]["frame_numbers"] == list(range(9, 19))
    assert not loaded.said("dropped") and loaded.said("noted")["row 4"] == "it names no clip (`total`)"
