"""A picture in the style of FACS plots: the skin that each action unit moves, coloured on the face."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from micron_bert.model.heat_map_micron_bert import blend
from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.pictures.movement import INK, PAPER
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import expression_field
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.units import ACTION_UNITS, UnitActivation

# told apart by people who see colours differently as well: after Okabe and Ito (2008)
COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
MOVED = 0.4  # of a unit's largest displacement: the skin that counts as moved by it
STRONGEST, WEAKEST = 0.6, 0.25  # opacity by probability
BAND, ROW = 8, 24  # pixels around and between the lines of text
FONT = ImageFont.load_default(14)


def unit_regions(landmarks: np.ndarray, shape: tuple[int, int], number: str, side: str = "both") -> np.ndarray:
    """
    The skin that a unit moves, by the table that synthesis moves it by.

    Args:
        landmarks (`np.ndarray` of shape `(468, 2)`):
            Of the face, in pixels.
        shape (`tuple[int, int]`):
            Height and width of the picture.
        number (`str`):
            One of the modelled units; others have no region.
        side (`str`):
            `"both"`, `"left"` or `"right"` of the person.

    Returns:
        `np.ndarray` of shape `(H, W)`, bool.
    """
    if not number.isdigit() or int(number) not in ACTION_UNITS:
        return np.zeros(shape, bool)
    unit = UnitActivation(int(number), 1.0, side)
    # without habits nothing is drawn at random
    field = expression_field([unit], FaceRegions(landmarks, shape), np.random.default_rng(0), Habits.none())
    return np.hypot(*field) >= MOVED


def draw_action_units(
    face: np.ndarray, landmarks: np.ndarray, readings: Sequence[UnitReading], captions: Sequence[str]
) -> np.ndarray:
    """
    The skin that each unit moves, coloured on the face, and one line of text below for each unit in its colour.

    Args:
        face (`np.ndarray` of shape `(H, W, 3)`):
            RGB uint8, upright.
        landmarks (`np.ndarray` of shape `(468, 2)`):
            In pixels of it.
        readings (`Sequence[UnitReading]`):
            The units to draw; the more probable, the more opaque.
        captions (`Sequence[str]`):
            The line of each unit; lines beyond the units stand without a colour.

    Returns:
        `np.ndarray` of shape `(rows, W, 3)`, RGB uint8.
    """
    picture, colours = face, []
    for number, reading in enumerate(readings):
        colour = COLOURS[number % len(COLOURS)]
        region = unit_regions(landmarks, face.shape[:2], reading.number, reading.side)
        opacity = WEAKEST + (STRONGEST - WEAKEST) * reading.probability
        picture = blend(picture, colour, opacity * region)
        outline, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, outline, -1, colour, 1, cv2.LINE_AA)
        colours.append(colour)
    height, width = face.shape[:2]
    canvas = Image.new("RGB", (width, height + 2 * BAND + ROW * len(captions)), PAPER)
    canvas.paste(Image.fromarray(picture), (0, 0))
    draw = ImageDraw.Draw(canvas)
    for number, text in enumerate(captions):
        top = height + BAND + number * ROW
        if number < len(colours):
            draw.rectangle((BAND, top + 4, BAND + 14, top + 18), fill=colours[number], outline=INK)
        draw.text((BAND + 22, top + 3), text, fill=INK, font=FONT)
    return np.asarray(canvas)
