"""Sheets of CAS(ME)² and SMIC as people pass them on: whatever was done to them, what loads is the same."""

import csv
import io

import pytest
from numpy.random import default_rng

SEEDS = range(24)
NAMES = (1, 2, 15, 16, 101, 102, 401)  # of people and videos; the other numbers are frames


def text_of(cell, rng):
    """A cell as another program writes it: text, padded, a number with a fraction, a frame with a decimal comma."""
    if not isinstance(cell, int):
        return cell if cell is None else rng.choice([cell, f" {cell}", f"{cell}\u00a0"])
    written = [cell, str(cell), f" {cell} ", float(cell), f"{cell}.0", f"{cell},0"]
    return written[rng.integers(4 if cell in NAMES else 6)]


def with_noise(rows, rng, titles=("", "coded by two", "ref. 2018")):
    """Titles above, empty rows between, a note and its empty rows below."""
    kept = [(titles[rng.integers(len(titles))],) for _ in range(rng.integers(0, 4))]
    for row in rows:
        kept += [()] * int(rng.integers(0, 3) * (rng.random() < 0.3)) + [row]
    return kept + [(), ("/ is unknown",)][: rng.integers(0, 3)]


def retyped(rows, rng):
    return [tuple(text_of(cell, rng) for cell in row) for row in rows]


def shifted(rows, rng):
    """Empty columns before the first and, cells behind the last."""
    before = int(rng.integers(0, 3))
    return [(*[None] * before, *row, *[None] * int(rng.integers(0, 2))) for row in rows]


SQ2 = [
    (1, "anger1_1", 557, 572, 608, "4+10+14+15", "negative", "macro-expression", "anger"),
    (1, "anger1_2", 998, 1001, 1003, "7", "negative", "micro-expression", "anger"),
    (2, "disgusting2_1", 3, 4, 6, "R14", "others", "micro-expression", "disgust"),
    (2, "disgusting2_2", 7, 8, 9, "12", "positive", "micro-expression", "happiness"),
]
SQ2_HEADER = ("Participant", "Video", "Onset", "Apex", "Offset", "AUs", "Emotion", "Type", "Self-report")
SQ2_FOUND = [
    ("s15", "anger1_1_557", 557, 572, 608),
    ("s15", "anger1_2_998", 998, 1001, 1003),
    ("s16", "disgusting2_1_3", 3, 4, 6),
    ("s16", "disgusting2_2_7", 7, 8, 9),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_casme_sq2(seed, tree):
    rng = default_rng(seed)
    people = [(15, "s15", 1), (16, "s16", 2)] if rng.random() < 0.5 else [(1, "s15"), (2, "s16")]
    codes = [("0401", "anger1"), ("0102", "disgusting2")]
    if rng.random() < 0.5:
        codes = [(name, int(code)) for code, name in codes]
    order = rng.permutation(len(SQ2_HEADER))
    intervals = [SQ2_HEADER, *SQ2] if rng.random() < 0.5 else SQ2
    if intervals is not SQ2 and rng.random() < 0.5:  # a header tells the columns in any order
        intervals = [tuple(row[place] for place in order) for row in intervals]
    sheets = {"naming rule1": people[:: rng.choice([1, -1])], "naming rule2": codes, "CASFEcode_final": intervals}
    if rng.random() < 0.3:
        sheets["empty"] = []
    names = list(sheets) if rng.random() < 0.5 else list(sheets)[::-1]
    if rng.random() < 0.3:  # names that say nothing
        sheets = {f"Sheet{number}": sheets[name] for number, name in enumerate(names, 1)}
        names = list(sheets)
    varied = {name: with_noise(shifted(retyped(sheets[name], rng), rng), rng) for name in names}
    merged = rng.choice(names) if rng.random() < 0.5 else None
    tree.xlsx("CASME_sq/CAS(ME)^2code_final.xlsx", varied, merged)
    tree.pictures("CASME_sq/rawpic/s15/15_0401anger1", [f"img{n:03d}.jpg" for n in (557, 572, 608, 998, 1001, 1003)])
    tree.pictures("CASME_sq/rawpic/s16/16_0102disgusting2", [f"img{n:03d}.jpg" for n in range(1, 10)])
    loaded = tree.load("casme_sq2")
    assert loaded.keys == SQ2_FOUND
    assert loaded.clips["interval_type"][:] == ["macro", *["micro"] * 3]
    assert loaded.clips["emotion"][:] == ["negative", "negative", "others", "positive"]
    assert [units[0][0] for units in loaded.units] == [4, 7, 14, 12]
    assert not loaded.said("dropped") and not loaded.said("mended")


SMIC_HEADER = ("Subject", "Filename", "OnsetF", "OffsetF", "Onset2F", "Offset2F", "FirstF", "LastF", "Emotion")
SMIC = [
    ("s3", "s3_ne_01", 30, 33, None, None, 23, 40, "negative"),
    ("s20", "s20_ne_06", 10, 12, 15, 17, 9, 18, "negative"),
    ("s20", "s20_sur_01", 11, 14, None, None, 9, 18, "surprise"),
]
SMIC_FOUND = [
    ("s03", "s03_ne_01", 30, None, 33),
    ("s20", "s20_ne_06", 10, None, 12),
    ("s20", "s20_ne_06_2", 15, None, 17),
    ("s20", "s20_sur_01", 11, None, 14),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_smic(seed, tree):
    rng = default_rng(seed)
    camera = ["hs", "vis", "nir"][rng.integers(3)]
    spell = [str, str.upper, lambda name: f" {name}", lambda name: name.replace("F", " F"), str.lower][rng.integers(5)]
    rows = [tuple(map(spell, SMIC_HEADER)), *retyped(SMIC, rng)]
    order = rng.permutation(len(SMIC_HEADER)) if rng.random() < 0.5 else range(len(SMIC_HEADER))
    rows = with_noise(shifted([tuple(row[place] for place in order) for row in rows], rng), rng)
    name = f"SMIC-{camera.upper()}-E_annotation"
    encoding = ["utf-16", "utf-16-le", "utf-8-sig", "gb18030", None, None][rng.integers(6)]
    if encoding:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=rng.choice([",", ";", "\t"])).writerows(rows)
        tree.file(f"{name}.csv", text.getvalue().encode(encoding))
    else:
        sheet = rng.choice(["Sheet1", f"SMIC-{camera.upper()}", "标注"])
        tree.xlsx(f"{name}.xlsx", {sheet: rows}, sheet if rng.random() < 0.5 else None)
    home = f"{camera.upper()}_long/SMIC-{camera.upper()}-E"
    tree.pictures(f"{home}/s03/s3_ne_01", [f"image{n:06d}.jpg" for n in range(23, 41)])
    for clip in ("s20_ne_06", "s20_sur_01"):
        tree.pictures(f"{home}/s20/{clip}", [f"image{n:06d}.jpg" for n in range(9, 19)])
    loaded = tree.load(f"smic_{camera}_e")
    assert loaded.keys == SMIC_FOUND
    assert loaded.clips["emotion"][:] == ["negative", "negative", "negative", "surprise"]
    assert not loaded.said("dropped") and not loaded.said("mended")


LONG_HEADER = ("Subject", "Filename", "Inducement Code", "Onset", "Top", "Offset", "Duration", "Type", "AUs", "Notes")
LONG = [
    ("006", "006_1_2", 1, 5562, 5570, 5575, 14, "Micro - 1/2", "R12", None),
    (6, "006_1_3", 1, 5580, 5590, 5594, 11, "Macro", "4", "a note"),
    ("007", "007_2_1", 2, 30, 40, 52, 9, "Macro", "6+12", None),
]
LONG_FOUND = [
    ("006", "006_1_2", 5562, 5570, 5575),
    ("006", "006_1_3", 5580, 5590, 5594),
    ("007", "007_2_1", 30, 40, 52),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_samm_long(seed, tree):
    rng = default_rng(seed)
    rows = [
        tuple(text_of(cell, rng) if place in (3, 4, 5) else cell for place, cell in enumerate(row)) for row in LONG
    ]
    rows = shifted([LONG_HEADER, *rows] if rng.random() < 0.6 else rows, rng)
    if len(rows) == 4 and rng.random() < 0.5:  # another order, which the header tells
        header = tuple("Apex" if name == "Top" else name for name in rows[0])
        order = rng.permutation(min(map(len, rows)))
        rows = [tuple(row[place] for place in order) for row in (header, *rows[1:])]
    sheets = {"Explanations": [("How it was coded",)], "LongVideos": with_noise(rows, rng)}
    name = ["SAMM_LongVideos_V3_Release", "SAMM_LongVideos_V2_Release"][rng.integers(2)]
    if rng.random() < 0.3:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerows(sheets["LongVideos"])
        tree.file(f"{name}.csv", text.getvalue().encode("utf-16"))
    else:
        tree.xlsx(f"{name}.xlsx", sheets)
    tree.pictures("SAMM_longvideos/006_1", [f"006_1_{n:04d}.jpg" for n in range(5560, 5600)])
    tree.pictures("SAMM_longvideos/007_2", [f"007_2_{n:04d}.jpg" for n in range(28, 60)])
    loaded = tree.load("samm_long")
    assert loaded.keys == LONG_FOUND
    assert loaded.clips["interval_type"][:] == ["micro", "macro", "macro"]
    assert [[unit[0] for unit in units] for units in loaded.units] == [[12], [4], [6, 12]]
    assert not loaded.said("dropped") and not loaded.said("mended")
