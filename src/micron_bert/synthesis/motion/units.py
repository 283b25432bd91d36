"""Facial action units: which landmarks they move, and which of them make up an emotion."""

from dataclasses import dataclass

import numpy as np

from micron_bert.errors import InputError
from micron_bert.labels.emotions import EMOTION_LABELS

ONE_SIDED_SHARE = 0.2  # CASME II codes 19 % of its samples on one side only, SAMM 26 %, CAS(ME)^3 10 %


@dataclass(frozen=True)
class ActionUnit:
    """
    What one action unit does to the mesh landmarks; its name is in `micron_bert.labels.action_units`.

    Attributes:
        extent (`float`): how far it goes next to the others when they act together.
        reach (`float`): standard deviation of the skin that a landmark takes along, in inter-ocular distances.
        pulls (`tuple`):
            `(landmark,)` on the midline or `(right, left)` pair of the 468-point mesh, then the displacement away from
            the midline and down the face, relative to the unit's largest. A pull of no size holds the skin.
    """

    extent: float
    reach: float
    pulls: tuple[tuple[tuple[int, ...], float, float], ...]


# Directions are those of the muscles. The smile has the proportions of real ones: medians over the landmarks of 86
# neutral and smiling portraits, rigidly aligned, divided by the movement of the mouth corner.
ACTION_UNITS = {
    1: ActionUnit(0.9, 0.21, (
        ((107, 336), 0.0, -1.0), ((55, 285), 0.0, -0.85), ((66, 296), 0.0, -0.65), ((9,), 0.0, -0.6),
        ((108, 337), 0.0, -0.5), ((151,), 0.0, -0.5), ((221, 441), 0.0, -0.35), ((105, 334), 0.0, -0.3),
        ((158, 385), 0.0, -0.05), ((133, 362), 0.0, 0.0), ((144, 373), 0.0, 0.0),
    )),
    2: ActionUnit(1.0, 0.22, (
        ((70, 300), 0.05, -0.9), ((63, 293), 0.0, -1.0), ((105, 334), 0.0, -0.9), ((46, 276), 0.05, -0.75),
        ((53, 283), 0.0, -0.8), ((104, 333), 0.0, -0.5), ((69, 299), 0.0, -0.4), ((225, 445), 0.0, -0.35),
        ((66, 296), 0.0, -0.45), ((159, 386), 0.0, -0.08), ((33, 263), 0.0, -0.05), ((144, 373), 0.0, 0.0),
    )),
    4: ActionUnit(0.9, 0.21, (
        ((107, 336), -0.6, 0.8), ((55, 285), -0.6, 0.7), ((66, 296), -0.4, 0.7), ((65, 295), -0.35, 0.6),
        ((105, 334), -0.2, 0.45), ((70, 300), -0.1, 0.2), ((9,), 0.0, 0.6), ((8,), 0.0, 0.45),
        ((108, 337), -0.15, 0.3), ((151,), 0.0, 0.25), ((222, 442), -0.1, 0.4), ((168,), 0.0, 0.2),
        ((158, 385), 0.0, 0.1), ((133, 362), 0.0, 0.0), ((144, 373), 0.0, 0.0),
    )),
    5: ActionUnit(0.7, 0.16, (
        ((159, 386), 0.0, -1.0), ((158, 385), 0.0, -0.9), ((160, 387), 0.0, -0.9), ((27, 257), 0.0, -0.5),
        ((28, 258), 0.0, -0.45), ((29, 259), 0.0, -0.45), ((223, 443), 0.0, -0.2), ((105, 334), 0.0, 0.0),
    )),
    6: ActionUnit(0.45, 0.2, (
        ((117, 346), -0.15, -0.95), ((118, 347), -0.05, -1.0), ((50, 280), 0.0, -0.9), ((101, 330), 0.0, -0.7),
        ((23, 253), 0.0, -0.45), ((110, 339), -0.15, -0.45), ((226, 446), -0.25, 0.0), ((143, 372), -0.45, -0.1),
        ((70, 300), 0.0, 0.15), ((205, 425), 0.0, -0.5),
    )),
    7: ActionUnit(0.5, 0.15, (
        ((145, 374), 0.0, -1.0), ((144, 373), 0.0, -0.95), ((153, 380), 0.0, -0.85), ((23, 253), 0.0, -0.6),
        ((110, 339), -0.1, -0.5), ((22, 252), 0.0, -0.5), ((159, 386), 0.0, 0.75), ((158, 385), 0.0, 0.65),
        ((160, 387), 0.0, 0.65), ((27, 257), 0.0, 0.35), ((33, 263), -0.2, 0.0),
    )),
    9: ActionUnit(0.8, 0.19, (
        ((129, 358), 0.05, -1.0), ((49, 279), 0.0, -0.95), ((98, 327), 0.1, -0.65), ((126, 355), 0.0, -0.8),
        ((188, 412), 0.0, -0.3), ((55, 285), -0.35, 0.5), ((8,), 0.0, 0.45), ((168,), 0.0, 0.25), ((4,), 0.0, -0.25),
        ((165, 391), 0.0, -0.65), ((167, 393), 0.0, -0.5), ((37, 267), 0.0, -0.45), ((101, 330), 0.0, -0.35),
    )),
    10: ActionUnit(0.8, 0.19, (
        ((39, 269), 0.05, -1.0), ((40, 270), 0.1, -0.8), ((37, 267), 0.0, -0.8), ((0,), 0.0, -0.65),
        ((165, 391), 0.05, -0.85), ((167, 393), 0.0, -0.65), ((92, 322), 0.1, -0.75), ((129, 358), 0.15, -0.5),
        ((98, 327), 0.15, -0.45), ((203, 423), 0.1, -0.5), ((164,), 0.0, -0.5), ((205, 425), 0.05, -0.35),
    )),
    12: ActionUnit(1.0, 0.15, (
        ((61, 291), 0.69, -0.72), ((40, 270), 0.5, -0.55), ((39, 269), 0.38, -0.38), ((37, 267), 0.17, -0.18),
        ((0,), 0.0, -0.14), ((91, 321), 0.42, -0.16), ((181, 405), 0.34, 0.08), ((84, 314), 0.18, 0.18),
        ((17,), 0.0, 0.2), ((18,), 0.0, 0.15), ((216, 436), 0.42, -0.5), ((206, 426), 0.31, -0.29),
        ((207, 427), 0.37, -0.33), ((92, 322), 0.42, -0.39), ((187, 411), 0.38, -0.31), ((205, 425), 0.31, -0.25),
        ((50, 280), 0.27, -0.32), ((147, 376), 0.3, -0.3), ((101, 330), 0.17, -0.2), ((118, 347), 0.08, -0.25),
        ((129, 358), 0.2, -0.16), ((98, 327), 0.22, -0.16), ((210, 430), 0.13, -0.28), ((167, 393), 0.14, 0.0),
        ((172, 397), 0.02, -0.14), ((145, 374), -0.05, -0.08), ((212, 432), 0.3, -0.55), ((214, 434), 0.27, -0.38),
        ((123, 352), 0.2, -0.28), ((135, 364), 0.1, -0.2), ((116, 345), 0.05, -0.15), ((93, 323), 0.03, -0.12),
        ((58, 288), 0.05, -0.15), ((199,), 0.0, 0.2), ((152,), 0.0, 0.15), ((1,), 0.0, 0.05), ((4,), 0.0, 0.0),
        ((195,), 0.0, 0.0), ((33, 263), 0.0, 0.0), ((133, 362), 0.0, 0.0),
    )),
    14: ActionUnit(0.7, 0.17, (
        ((61, 291), 0.9, -0.3), ((40, 270), 0.45, -0.1), ((91, 321), 0.45, -0.1), ((39, 269), 0.2, 0.0),
        ((181, 405), 0.2, 0.0), ((212, 432), 0.25, -0.4), ((216, 436), 0.25, -0.1), ((187, 411), 0.1, -0.15),
        ((207, 427), 0.2, -0.15), ((214, 434), -0.15, -0.1),
    )),
    15: ActionUnit(0.8, 0.19, (
        ((61, 291), 0.1, 1.0), ((91, 321), 0.1, 0.65), ((40, 270), 0.05, 0.4), ((202, 422), 0.1, 0.7),
        ((210, 430), 0.05, 0.4), ((181, 405), 0.05, 0.3), ((216, 436), 0.0, 0.4), ((212, 432), 0.05, 0.6),
        ((206, 426), 0.0, 0.25),
    )),
    16: ActionUnit(0.7, 0.17, (
        ((181, 405), 0.15, 1.0), ((84, 314), 0.05, 0.9), ((17,), 0.0, 0.8), ((91, 321), 0.1, 0.5), ((18,), 0.0, 0.6),
        ((83, 313), 0.0, 0.7), ((200,), 0.0, 0.3),
    )),
    17: ActionUnit(0.8, 0.2, (
        ((200,), 0.0, -1.0), ((199,), 0.0, -0.85), ((201, 421), 0.0, -0.95), ((18,), 0.0, -0.95),
        ((83, 313), 0.0, -0.9), ((17,), 0.0, -0.8), ((84, 314), 0.0, -0.75), ((181, 405), 0.0, -0.5),
        ((208, 428), -0.05, -0.7), ((0,), 0.0, -0.3), ((37, 267), 0.0, -0.25), ((61, 291), 0.0, 0.2),
        ((152,), 0.0, -0.4), ((204, 424), -0.05, -0.35),
    )),
    18: ActionUnit(0.7, 0.19, (
        ((61, 291), -1.0, 0.0), ((40, 270), -0.6, -0.1), ((91, 321), -0.6, 0.1), ((39, 269), -0.35, -0.1),
        ((181, 405), -0.35, 0.1), ((212, 432), -0.5, 0.0), ((216, 436), -0.4, 0.05), ((187, 411), -0.2, 0.0),
    )),
    20: ActionUnit(0.9, 0.21, (
        ((61, 291), 1.0, 0.1), ((91, 321), 0.7, 0.15), ((40, 270), 0.6, 0.0), ((181, 405), 0.4, 0.1),
        ((39, 269), 0.3, 0.0), ((212, 432), 0.7, 0.15), ((216, 436), 0.5, 0.0), ((187, 411), 0.35, 0.05),
        ((210, 430), 0.35, 0.2), ((214, 434), 0.4, 0.1),
    )),
    23: ActionUnit(0.6, 0.15, (
        ((0,), 0.0, 0.6), ((37, 267), 0.0, 0.6), ((39, 269), -0.15, 0.5), ((40, 270), -0.35, 0.3),
        ((17,), 0.0, -0.65), ((84, 314), 0.0, -0.65), ((181, 405), -0.15, -0.5), ((91, 321), -0.35, -0.3),
        ((61, 291), -0.6, 0.0), ((212, 432), -0.35, 0.0), ((216, 436), -0.2, 0.0), ((164,), 0.0, 0.25),
        ((18,), 0.0, -0.4),
    )),
    24: ActionUnit(0.6, 0.17, (
        ((0,), 0.0, 0.8), ((37, 267), 0.0, 0.8), ((39, 269), 0.0, 0.7), ((40, 270), -0.1, 0.45), ((17,), 0.0, -1.0),
        ((84, 314), 0.0, -0.95), ((181, 405), 0.0, -0.8), ((91, 321), -0.1, -0.5), ((18,), 0.0, -0.75),
        ((200,), 0.0, -0.5), ((164,), 0.0, 0.35), ((61, 291), -0.25, 0.0), ((167, 393), 0.0, 0.3),
    )),
    25: ActionUnit(0.7, 0.17, (
        ((0,), 0.0, -0.35), ((37, 267), 0.0, -0.35), ((39, 269), 0.0, -0.3), ((17,), 0.0, 1.0), ((84, 314), 0.0, 1.0),
        ((181, 405), 0.0, 0.75), ((18,), 0.0, 0.75), ((200,), 0.0, 0.5), ((91, 321), 0.0, 0.35), ((199,), 0.0, 0.3),
    )),
    26: ActionUnit(1.0, 0.24, (
        ((17,), 0.0, 0.9), ((84, 314), 0.0, 0.9), ((181, 405), 0.0, 0.8), ((91, 321), -0.05, 0.55), ((18,), 0.0, 1.0),
        ((200,), 0.0, 1.0), ((199,), 0.0, 1.0), ((152,), 0.0, 1.0), ((201, 421), 0.0, 1.0), ((148, 377), 0.0, 1.0),
        ((136, 365), -0.05, 0.6), ((172, 397), -0.05, 0.35), ((210, 430), 0.0, 0.5), ((61, 291), -0.1, 0.3),
        ((204, 424), 0.0, 0.75),
    )),
    45: ActionUnit(1.0, 0.12, (
        ((159, 386), 0.0, 1.0), ((158, 385), 0.0, 0.9), ((160, 387), 0.0, 0.9), ((27, 257), 0.0, 0.45),
        ((145, 374), 0.0, -0.1),
    )),
}  # fmt: skip

# Share of the samples of an emotion in which a unit is coded: CASME II, SAMM, the combinations of MiE-X
# (arXiv 2112.01730), CAS(ME)^3 part A. Left out are sheets with too few samples of an emotion, and those of CAS(ME)^3
# that code the dimpler, 14, for happiness and anger alike.
EMOTION_UNITS = {
    "anger": ({7: 0.74, 4: 0.37}, {4: 1.0, 7: 0.5, 23: 0.5}),
    "contempt": ({14: 1.0, 17: 0.25}, {14: 1.0}),
    "disgust": (
        {4: 0.94, 7: 0.48, 10: 0.27, 9: 0.21},
        {10: 0.56, 9: 0.44},
        {9: 1.0, 17: 1.0, 10: 0.5},
        {4: 0.73, 9: 0.13, 24: 0.07, 14: 0.06},
    ),
    "fear": ({20: 0.88}, {5: 0.5, 20: 0.5, 25: 0.5, 26: 0.5}, {4: 0.42, 1: 0.1, 2: 0.08, 9: 0.08, 24: 0.07, 20: 0.03}),
    "repression": ({17: 0.70, 15: 0.41},),
    "sadness": ({1: 1.0}, {17: 0.5}, {4: 1.0, 1: 0.5, 15: 0.5}),
    "happiness": ({12: 0.84, 6: 0.25, 14: 0.16}, {12: 1.0}, {12: 1.0, 6: 0.5, 25: 0.5}),
    "surprise": (
        {2: 0.80, 1: 0.72},
        {5: 0.60, 1: 0.27, 2: 0.27},
        {1: 1.0, 2: 1.0, 5: 0.5, 25: 0.5, 26: 0.5},
        {1: 0.53, 2: 0.51, 5: 0.2},
    ),
    "none": ({},),
}

# how often an emotion stands for its class in CASME II and SAMM together, as the MEGC 2019 composite takes them
EMOTION_SHARES = {
    "negative": {"disgust": 0.39, "anger": 0.32, "repression": 0.15, "contempt": 0.06, "fear": 0.05, "sadness": 0.03},
    "positive": {"happiness": 1.0},
    "surprise": {"surprise": 1.0},
    "none": {"none": 1.0},
}

# neighbouring muscles that act faintly without being coded
NEIGHBOURS = {
    1: (2, 5), 2: (1, 5), 4: (7, 9), 5: (1, 2), 7: (4, 6), 9: (4, 10), 10: (9, 6), 12: (6, 25, 14), 14: (12, 17, 23),
    15: (17, 14), 17: (15, 24), 20: (25, 14), 23: (24, 17), 24: (17, 23), 25: (26, 16), 26: (25,), 6: (7, 12),
}  # fmt: skip


OPENING_UNITS = frozenset({25, 26})  # lips that part are speech or breath unless something else acts too


@dataclass(frozen=True)
class UnitActivation:
    """
    One action unit at work.

    Attributes:
        number (`int`): a key of `ACTION_UNITS`.
        intensity (`float`): relative to the other units of the expression.
        side (`str`): `"both"`, or the side of the person: `"left"`, `"right"`.
    """

    number: int
    intensity: float = 1.0
    side: str = "both"

    def __post_init__(self):
        if self.number not in ACTION_UNITS:
            raise InputError(f"The action unit `{self.number}` is not modelled; choose from `{sorted(ACTION_UNITS)}`.")
        if self.side not in ("both", "left", "right"):
            raise InputError(f"The side of an action unit is `both`, `left` or `right`, not `{self.side}`.")

    def mirrored(self) -> "UnitActivation":
        """The same unit in a picture flipped left to right."""
        sides = {"both": "both", "left": "right", "right": "left"}
        return UnitActivation(self.number, self.intensity, sides[self.side])


def draw_emotion(label: str, rng: np.random.Generator) -> str:
    """One of the emotions of a class, as often as the composite database has it."""
    shares = EMOTION_SHARES[label]
    place = np.searchsorted(np.cumsum(list(shares.values())), rng.random(), side="right")
    return list(shares)[min(place, len(shares) - 1)]


def draw_action_units(emotion: str, rng: np.random.Generator) -> list[UnitActivation]:
    """
    Draw the coded action units of an emotion: a sheet, then each of its units by its share, with an intensity.

    Args:
        emotion (`str`):
            One of `EMOTIONS`; `"none"` has no units.
        rng (`np.random.Generator`):
            Source of randomness.

    Returns:
        `list[UnitActivation]`: at least one unit, except for `"none"`.
    """
    if emotion not in EMOTION_UNITS:
        raise InputError(f"The emotion `{emotion}` is unknown; choose from `{', '.join(EMOTION_LABELS)}`.")
    sheets = EMOTION_UNITS[emotion]
    sheet = sheets[rng.integers(len(sheets))]
    numbers = [number for number, share in sheet.items() if rng.random() < share]
    while sheet and set(numbers) <= OPENING_UNITS:
        numbers = [number for number, share in sheet.items() if rng.random() < share]
    side = ("left", "right")[rng.integers(2)] if rng.random() < ONE_SIDED_SHARE else "both"
    return [UnitActivation(number, float(rng.uniform(0.5, 1.5)), side) for number in numbers]


# those that some emotion shows; the others come along with them, or are speech and blinks
SHOWN_UNITS = tuple(sorted({number for sheets in EMOTION_UNITS.values() for sheet in sheets for number in sheet}))


def draw_combination(rng: np.random.Generator) -> list[UnitActivation]:
    """One to three of `SHOWN_UNITS` at random, whatever emotion shows them."""
    numbers = []
    while set(numbers) <= OPENING_UNITS:
        numbers = rng.choice(SHOWN_UNITS, int(rng.integers(1, 4)), replace=False).tolist()
    side = ("left", "right")[rng.integers(2)] if rng.random() < ONE_SIDED_SHARE else "both"
    return [UnitActivation(number, float(rng.uniform(0.5, 1.5)), side) for number in sorted(numbers)]


def draw_companions(units: list[UnitActivation], rng: np.random.Generator) -> list[UnitActivation]:
    """Draw faint units beside the coded ones: mostly neighbouring muscles."""
    coded = {unit.number for unit in units}
    companions = []
    for unit in units:
        for number in NEIGHBOURS.get(unit.number, ()):
            if number not in coded and rng.random() < 0.25:
                companions.append(UnitActivation(number, float(rng.uniform(0.1, 0.45)) * unit.intensity, unit.side))
    if units and rng.random() < 0.1:
        number = int(rng.choice([number for number in ACTION_UNITS if number not in coded and number != 45]))
        companions.append(UnitActivation(number, float(rng.uniform(0.05, 0.3)), "both"))
    return companions
