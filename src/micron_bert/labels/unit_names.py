"""Action units in words: from `brow lowerer`, `AU 4`, `4` or something misspelt to the number."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from micron_bert.errors import InputError
from micron_bert.labels.action_units import UNIT_NAMES

ALIKE = 0.78  # share of letters by which a misspelt name is still taken for another
CODE = re.compile(r"\b(?:a\.?u\.?s?|action units?)?\s*[-#]?\s*(\d{1,2})\b")
# words that people use beside those of the facial action coding system
OTHER_NAMES = {
    "inner eyebrow raiser": "1",
    "outer eyebrow raiser": "2",
    "eyebrow lowerer": "4",
    "brow furrower": "4",
    "frown": "4",
    "upper eyelid raiser": "5",
    "eyelid tightener": "7",
    "nose wrinkle": "9",
    "upper lip raise": "10",
    "smile": "12",
    "lip corner pull": "12",
    "mouth corner puller": "12",
    "dimple": "14",
    "mouth corner depressor": "15",
    "chin raise": "17",
    "lip press": "24",
    "eyes closed": "43",
}
NAMES = {name: number for number, name in UNIT_NAMES.items()} | OTHER_NAMES
LONGEST = max(len(name.split()) for name in NAMES)
# `brow lowerer` is also `are the brows lowered` and `he lowers the brow`
DOER = re.compile(r"(?:en)?(?:er|or)$")
DEED = ("drop", "part", "stretch", "press", "suck", "pucker")  # the last word of names that end in the deed itself
BETWEEN = r"(?:\s+(?:the|his|her|their|a|been|being|be|is|was|are|were|get|gets|got|getting|to))*\s+"


def _deeds() -> list[tuple[re.Pattern, str]]:
    """Patterns of what is done, to a part of the face or of it all, by the names of units; the longest first."""
    deeds = []
    for name, number in NAMES.items():
        *part, doer = name.split()
        if part and (DOER.search(doer) or doer in DEED):
            stem = DOER.sub("", doer)
            noun = rf"{' '.join(part).removesuffix('s')}s?"
            verb = rf"{stem}{stem[-1]}?(?:e|en|er)?(?:s|es|d|ed|ing)?"
            deeds.append((re.compile(rf"\b(?:{noun}{BETWEEN}{verb}|{verb}{BETWEEN}{noun})\b"), number))
        elif not part and not DOER.search(doer):  # `is she frowning`, `he smiled`
            deeds.append((re.compile(rf"\b{doer.removesuffix('e')}(?:e|es|ed|s|ing)?\b"), number))
    return sorted(deeds, key=lambda one: -len(one[0].pattern))


DEEDS = _deeds()


def unit_of(words: str) -> str:
    """
    The number of one action unit that is written as a number, a code or a name.

    Raises:
        [`InputError`]: no such unit.
    """
    text = _plain(words)
    code = CODE.fullmatch(text)
    if code:
        number = str(int(code[1]))
        if number in UNIT_NAMES:
            return number
    elif text in NAMES:
        return NAMES[text]
    else:
        close = get_close_matches(text, NAMES, 1, ALIKE)
        if close:
            return NAMES[close[0]]
    raise InputError(
        f"There is no action unit `{words}` here; write a number such as `4` or a name such as `brow lowerer`, of "
        f"{', '.join(UNIT_NAMES)}."
    )


def units_in(words: str) -> frozenset[str]:
    """
    The action units of a phrase such as `9 10 4`, `AU6+AU12`, `L12` or `brow lowerer and left dimpler`.

    A unit of one side has `L` or `R` before its number.

    Raises:
        [`InputError`]: a part of it is no unit.
    """
    text = _plain(words)
    parts = re.split(r"\s*(?:[,;+&/]|\band\b|\bwith\b)\s*", text)
    found = set()
    for part in filter(None, parts):
        if re.fullmatch(r"(?:(?:a\.?u\.?\s*)?[lr]?\d{1,2}\s*)+", part):
            found |= {side.upper() + unit_of(number) for side, number in re.findall(r"([lr]?)(\d{1,2})", part)}
        else:
            side = re.match(r"(left|right)\s+(?=\S)", part)
            found.add(side[1][0].upper() + unit_of(part[side.end() :]) if side else unit_of(part))
    return frozenset(found)


def find_units(text: str) -> Iterator[tuple[str, str]]:
    """
    Units that a sentence names, with the words that name them: the longest names first, then codes such as `AU4`.

    A misspelt name of two words or more counts as well; a single word, such as `smile`, must be spelt rightly.
    """
    rest = _plain(text)
    for deed, number in DEEDS:
        for found in deed.finditer(rest):
            yield number, found[0]
        rest = deed.sub(" ", rest)
    words = rest.split()
    taken = [False] * len(words)
    for length in range(min(LONGEST, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            if any(taken[start : start + length]):
                continue
            phrase = " ".join(words[start : start + length]).strip("?.,!")
            name = phrase if phrase in NAMES else None
            if name is None and length > 1:
                name = next(iter(get_close_matches(phrase, NAMES, 1, 0.86)), None)
                name = name if name is not None and len(name.split()) == length else None
            if name is not None:
                taken[start : start + length] = [True] * length
                yield NAMES[name], phrase
    left = " ".join(word for word, used in zip(words, taken, strict=True) if not used)
    for code in re.finditer(r"\b(?:a\.?u\.?s?|action units?|units?)\s*[-#]?\s*(\d{1,2})\b", left):
        yield str(int(code[1])), code[0]


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"(?<=[a-z])-(?=[a-z])", " ", str(words).lower().replace("_", " "))).strip()
