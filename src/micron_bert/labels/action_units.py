"""Action units: those of CD6ME, and the notations in which the annotation sheets write them."""

import re
from typing import NamedTuple

# the 12 of CD6ME (arXiv 2211.11425), by their numbers
CD6ME_ACTION_UNITS = ("1", "2", "4", "5", "6", "7", "9", "10", "12", "14", "15", "17")

SIDES = {
    "": "both",
    "L": "left",
    "R": "right",
    "T": "top",
    "B": "bottom",  # of the lips, as in `B28`
    "A": "asymmetric",
    "U": "unilateral",
}
# full-width signs come from Chinese input methods
TRANSLATION = str.maketrans("，、；＋（）\u3000\xa0", ",,,+()  ")
CODE = re.compile(
    r"(?P<prefix>[LRTBAU]?)\s*(?P<number>\d{1,2})(?:\.0)?\s*(?P<intensity>[A-E](?:\s*[/-]\s*[A-E])?)?", re.IGNORECASE
)
REFERENCE = re.compile(r"\bref\s*\(([^()]*)\)", re.IGNORECASE)
STATIC = re.compile(r"([^+,;&()]*)\(\s*k\s*\)", re.IGNORECASE)
ALTERNATIVES = re.compile(r"\s+or\s+", re.IGNORECASE)


class ActionUnit(NamedTuple):
    """
    One coded action unit.

    Attributes:
        number (`int`): of the facial action coding system.
        side (`str`): `"both"`, `"left"`, `"right"`, `"top"`, `"bottom"`,
            `"asymmetric"` or `"unilateral"`.
        intensity (`str`): `"A"` to `"E"`, a range such as `"A/B"`, or `""` where it was not coded.
    """

    number: int
    side: str = "both"
    intensity: str = ""


def parse_action_units(cell) -> tuple[list[ActionUnit], list[str]]:
    """
    The action units in a cell of an annotation sheet.

    Understands `4+7+L10`, `L12 + 61`, `T18+39`, `A1B+A2C`, `4A/B`, `4D+ref(6)+7C+43E`, `(R6 or R12)+R15`, `1,2`,
    `1，2`, `AU4(k)+AU7` and bare numbers.

    Args:
        cell (`str`, `int`, `float` or `None`):
            What the sheet says.

    Returns:
        `tuple[list[ActionUnit], list[str]]`: the units, in order and without repeats, and a sentence for each part
        that was left out or decided: of alternatives the first is taken, `ref(6)` (seen in the neutral face
        already) and static units (`(k)`) are left out, and what is no action unit is named.
    """
    if cell is None or cell != cell or not str(cell).strip():
        return [], []
    text, remarks = str(cell).translate(TRANSLATION).strip(), []

    def leave_out(reason):
        def replace(match):
            remarks.append(f"`{match[0].strip()}` is left out: {reason}")
            return ""

        return replace

    text = REFERENCE.sub(leave_out("seen in the neutral face already"), text)
    text = STATIC.sub(leave_out("static through the clip"), text)
    text = re.sub(r"\(([^()]*)\)", lambda group: _first_alternative(group[1], remarks), text)
    units = []
    # a slash also separates intensities; only one before a new code separates alternatives
    for part in re.split(r"[+,;&]", text):
        part = re.sub(r"AU\s*(?=\d)", "", _first_alternative(part, remarks).strip(), flags=re.IGNORECASE)
        whole = CODE.fullmatch(part) or not any(sign.isdigit() for sign in part)
        for word in [part] * bool(part) if whole else part.split():
            code = CODE.fullmatch(word)
            if code is None or int(code["number"]) == 0:
                remarks.append(f"`{word}` is no action unit")
                continue
            intensity = re.sub(r"\s", "", code["intensity"] or "").upper()
            unit = ActionUnit(int(code["number"]), SIDES[code["prefix"].upper()], intensity)
            if unit not in units:
                units.append(unit)
    return units, remarks


def _first_alternative(text: str, remarks: list[str]) -> str:
    first, *others = re.split(rf"{ALTERNATIVES.pattern}|/(?=\s*[LRTBU]?\d)", text, flags=re.IGNORECASE)
    if others:
        remarks.append(f"of `{text.strip()}` the first is taken")
    return first


def unit_number(code) -> str:
    """
    The number of one action unit as text, however a dataset stores it: `12`, `L12`, `AU12A`, `{"number": 12}`.

    What is no action unit comes back as it is.
    """
    if isinstance(code, dict):
        code = code.get("number")
    units, _ = parse_action_units(code)
    return str(units[0].number) if units else str(code)
