"""Action units: those of CD6ME, and the notations in which the annotation sheets write them."""

import re
from typing import NamedTuple

# the 12 of CD6ME (arXiv 2211.11425), by their numbers
CD6ME_ACTION_UNITS = ("1", "2", "4", "5", "6", "7", "9", "10", "12", "14", "15", "17")

# how much of an ambiguous cell counts; see [`parse_action_units`]
CHALLENGE, STRICT = "challenge", "strict"
READINGS = (CHALLENGE, STRICT)

# names of the facial action coding system, for the units that the package predicts, renders or accepts by name
UNIT_NAMES = {
    "1": "inner brow raiser",
    "2": "outer brow raiser",
    "4": "brow lowerer",
    "5": "upper lid raiser",
    "6": "cheek raiser",
    "7": "lid tightener",
    "9": "nose wrinkler",
    "10": "upper lip raiser",
    "11": "nasolabial deepener",
    "12": "lip corner puller",
    "13": "sharp lip puller",
    "14": "dimpler",
    "15": "lip corner depressor",
    "16": "lower lip depressor",
    "17": "chin raiser",
    "18": "lip pucker",
    "19": "tongue show",
    "20": "lip stretcher",
    "21": "neck tightener",
    "22": "lip funneler",
    "23": "lip tightener",
    "24": "lip presser",
    "25": "lips part",
    "26": "jaw drop",
    "27": "mouth stretch",
    "28": "lip suck",
    "38": "nostril dilator",
    "39": "nostril compressor",
    "43": "eye closure",
    "45": "blink",
}

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
# `A/L12` and `(L/A)12`: asymmetric, stronger on that side
STRONGER = re.compile(r"\(?\b(?:A\s*/\s*([LR])|([LR])\s*/\s*A)\)?(?=\s*\d)", re.IGNORECASE)
RANGE = re.compile(r"(?<=\d)\s*\(([A-E])\s*/\s*([A-E])\)", re.IGNORECASE)
UNCERTAIN = re.compile(r"([LRTBAU]?\d{1,2}[A-E]?)\s*\?", re.IGNORECASE)
# `Left AU12`, and `12L` or `12 (left)`
BEFORE = re.compile(r"\b(left|right)\s+(?:AU\s*)?(?=\d)", re.IGNORECASE)
BEHIND = re.compile(r"\b(?:AU\s*)?(\d{1,2}[A-E]?)\s*\(?\s*(L|R|left|right)\s*\)?(?!\w)", re.IGNORECASE)
BOTH = re.compile(r"\(?\b(?:bilateral(?:ly)?|both(?: sides)?)\b\)?", re.IGNORECASE)
# `AU` of units, `AD` of action descriptors, `M` of head movements
KIND = re.compile(r"\b(?:A[UD]\s*(?=[LRTB]?\d)|M(?=\d))", re.IGNORECASE)


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


def parse_action_units(cell, strict: bool = False) -> tuple[list[ActionUnit], list[str]]:
    """
    The action units in a cell of an annotation sheet.

    Understands `4+7+L10`, `L12 + 61`, `T18+39`, `A1B+A2C`, `4A/B`, `A/L12`, `(L/A)12(B/A)`, `4D+ref(6)+7C+43E`,
    `(R6 or R12)+R15`, `31?`, `AUR2`, `AD38`, `M58`, `1,2`, `1，2`, `AU4(k)+AU7`, `12L`,
    `Left AU12` and bare numbers.

    Args:
        cell (`str`, `int`, `float` or `None`):
            What the sheet says.
        strict (`bool`, defaults to `False`):
            Whether only what is certain to move counts: the first of alternatives, and no `ref(6)` (seen in the
            neutral face already). By default all of them count, as in the labels of the grand challenges.

    Returns:
        `tuple[list[ActionUnit], list[str]]`: the units, in order and without repeats, and a sentence for each part
        that was left out or decided: alternatives, `ref(6)`, uncertain units (`31?`), static ones (`(k)`), which never
        count, and what is no action unit.
    """
    if cell is None or cell != cell or not str(cell).strip():
        return [], []
    text, remarks = str(cell).translate(TRANSLATION).strip(), []

    def replace(reason, by=""):
        def decide(match):
            remarks.append(f"`{match[0].strip()}` {reason}")
            return match.expand(by)

        return decide

    text = BOTH.sub("", text)
    text = BEFORE.sub(lambda match: match[1][0].upper(), text)
    text = BEHIND.sub(lambda match: match[2][0].upper() + match[1], text)
    text = STRONGER.sub(lambda match: match[1] or match[2], text)
    text = RANGE.sub(r"\1/\2", text)
    seen = "seen in the neutral face already"
    text = REFERENCE.sub(replace(f"is left out: {seen}") if strict else replace(f"is taken: {seen}", r"\1"), text)
    text = STATIC.sub(replace("is left out: static through the clip"), text)
    text = UNCERTAIN.sub(replace("is taken: uncertain", r"\1"), text)
    text = re.sub(r"\(([^()]*)\)", lambda group: _decide(group[1], strict, remarks), text)
    units = []
    # a slash also separates intensities; only one before a new code separates alternatives
    for cell in re.split(r"[+,;&]", KIND.sub("", text)):
        for part in map(str.strip, _decide(cell, strict, remarks).split("+")):
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


def _decide(text: str, strict: bool, remarks: list[str]) -> str:
    """Alternatives as units that are all shown, or the first of them."""
    ways = re.split(rf"{ALTERNATIVES.pattern}|/(?=\s*[LRTBU]?\d)", text, flags=re.IGNORECASE)
    if len(ways) > 1:
        remarks.append(f"of `{text.strip()}` " + ("the first is taken" if strict else "all are taken"))
    return ways[0] if strict else "+".join(ways)


def unit_title(number: str) -> str:
    """Such as `AU4 brow lowerer`; the number alone where the unit has no name here."""
    return f"AU{number} {UNIT_NAMES.get(number, '')}".rstrip()


def unit_number(code) -> str:
    """
    The number of one action unit as text, however a dataset stores it: `12`, `L12`, `AU12A`, `{"number": 12}`.

    What is no action unit comes back as it is.
    """
    if isinstance(code, dict):
        code = code.get("number")
    units, _ = parse_action_units(code)
    return str(units[0].number) if units else str(code)
