import pytest

from micron_bert.labels.action_units import parse_action_units, unit_number


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("4+7+L10", "4 7 L10"),
        ("L6+L7", "L6 L7"),
        ("L12 + 61", "L12 61"),
        ("T18+39", "T18 39"),
        ("T23", "T23"),
        ("B18+25", "B18 25"),
        ("A1B+A2C", "A1B A2C"),
        ("4D+7C+43E", "4D 7C 43E"),
        ("4A/B", "4A/B"),
        ("12a-b", "12A-B"),
        (4, "4"),
        (4.0, "4"),
        ("1,2", "1 2"),
        ("1，2", "1 2"),
        ("AU4+AU7", "4 7"),
        ("au12", "12"),
        ("A/L12", "L12"),
        ("(L/A)4B", "L4B"),
        ("(A/R)14B", "R14B"),
        ("(L/A)12(B/A)+5", "L12B/A 5"),
        ("AUR2+4", "R2 4"),
        ("AD38", "38"),
        ("12L+14 R", "L12 R14"),
        ("AU12 (left)+AU14B(right)", "L12 R14B"),
        ("Left AU12, right 14", "L12 R14"),
        ("12 L14", "12 L14"),
        ("both 12+4 (bilateral)", "12 4"),
        ("M58", "58"),
        ("4 + 4", "4"),
        ("1 2", "1 2"),
        (None, ""),
        (float("nan"), ""),
        ("  ", ""),
    ],
)
def test_plain_notations(cell, expected):
    units, remarks = parse_action_units(cell)
    letters = {"left": "L", "right": "R", "top": "T", "bottom": "B", "asymmetric": "A", "both": ""}
    assert " ".join(f"{letters[unit.side]}{unit.number}{unit.intensity}" for unit in units) == expected
    assert remarks == []


@pytest.mark.parametrize(
    "cell, expected, remark",
    [
        ("(R6 or R12)+R15", ["R6", "R12", "R15"], "of `R6 or R12` all are taken"),
        ("L12 or L14", ["L12", "L14"], "of `L12 or L14` all are taken"),
        ("R14A or 17A or 24A", ["R14", "17", "24"], "of `R14A or 17A or 24A` all are taken"),
        ("4/7", ["4", "7"], "of `4/7` all are taken"),
        ("4D+ref(6)+7C", ["4", "6", "7"], "`ref(6)` is taken: seen in the neutral face already"),
        ("4+31?", ["4", "31"], "`31?` is taken: uncertain"),
        ("AU4(k)+AU7", ["7"], "`AU4(k)` is left out: static through the clip"),
        ("?", [], "`?` is no action unit"),
        ("4+112", ["4"], "`112` is no action unit"),
        ("0", [], "`0` is no action unit"),
    ],
)
def test_what_is_decided_is_said(cell, expected, remark):
    units, remarks = parse_action_units(cell)
    assert [f"{'' if u.side == 'both' else u.side[0].upper()}{u.number}" for u in units] == expected
    assert remarks == [remark]


def test_words_are_no_action_units():
    units, remarks = parse_action_units("4+soft focus")
    assert [unit.number for unit in units] == [4]
    assert remarks == ["`soft focus` is no action unit"]


@pytest.mark.parametrize("code", [12, "12", "L12", "R12A", "AU12", "12.0", 12.0, {"number": 12, "side": "left"}])
def test_number_of_a_stored_unit_however_it_is_coded(code):
    assert unit_number(code) == "12"


@pytest.mark.parametrize("cell, expected", [("(R6 or R12)+R15", [6, 15]), ("4D+ref(6)+7C", [4, 7]), ("4/7", [4])])
def test_strict_reading_takes_what_is_certain_to_move(cell, expected):
    units, remarks = parse_action_units(cell, strict=True)
    assert [unit.number for unit in units] == expected and len(remarks) == 1
