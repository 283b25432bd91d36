"""The views of a pair on one sheet, as wide as a column of print: as pixels, and as a figure whose text stays text."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from micron_bert.pictures.figure import COLUMN, DPI, new_figure, style
from micron_bert.pictures.movement import ARROWS, INK, PAPER, draw_scale, show_scale
from micron_bert.recognition.pair_views import PairViews, times

WIDTH = round(COLUMN * DPI)  # pixels, of the sheet
GAP = 18
POINTS = 7.2  # of the type, in print
TYPE = round(POINTS / 72 * DPI)  # the same in pixels
LINE = round(1.3 * TYPE)
SCALE = round(4.5 * TYPE)  # width of the colours with their numbers
SIDE = (WIDTH - 3 * GAP - SCALE) // 2  # of a face: two of them and the colours stand side by side


class Sheet(NamedTuple):
    """
    Where everything stands, in pixels at 300 dpi.

    Attributes:
        height (`int`): of the sheet.
        texts (`list[tuple[int, float, str]]`): left end and middle of each line.
        faces (`list[tuple[int, int, np.ndarray]]`): left upper corner of each face, and the face.
        scale (`tuple[int, int]` or `None`): left upper corner of the colours with their numbers.
    """

    height: int
    texts: list[tuple[int, float, str]]
    faces: list[tuple[int, int, np.ndarray]]
    scale: tuple[int, int] | None


def draw_views(views: PairViews, titles: tuple[str, str], text: str) -> np.ndarray:
    """
    All views on one sheet, with a sentence above them.

    Args:
        views ([`PairViews`]): what to show.
        titles (`tuple[str, str]`): of onset and apex.
        text (`str`): the sentence.

    Returns:
        `np.ndarray` of shape `(H, W, 3)`: RGB uint8.
    """
    font = ImageFont.load_default(TYPE)
    sheet = lay_out(views, titles, text, font.getlength)
    picture = Image.new("RGB", (WIDTH, sheet.height), PAPER)
    draw = ImageDraw.Draw(picture)
    for x, y, words in sheet.texts:
        draw.text((x, y), words, fill=INK, font=font, anchor="lm")
    for x, y, face in sheet.faces:
        picture.paste(Image.fromarray(face), (x, y))
    if sheet.scale:
        picture.paste(Image.fromarray(draw_scale(SIDE, TYPE)), sheet.scale)
    return np.asarray(picture)


def figure_of_views(views: PairViews, titles: tuple[str, str], text: str):
    """
    The same sheet for PDF and SVG; arguments as for [`draw_views`].

    Returns:
        `matplotlib.figure.Figure`

    Raises:
        ImportError: matplotlib is not installed.
    """
    with style():
        sheet = lay_out(views, titles, text, _length)
        figure = new_figure(sheet.height / DPI)

        def place(x, y, width, height):
            height, width = height / sheet.height, width / WIDTH
            return figure.add_axes((x / WIDTH, 1 - y / sheet.height - height, width, height))

        for x, y, words in sheet.texts:
            figure.text(x / WIDTH, 1 - y / sheet.height, words, fontsize=POINTS, va="center_baseline")
        for x, y, face in sheet.faces:
            axes = place(x, y, SIDE, SIDE)
            axes.imshow(face, interpolation="none")
            axes.axis("off")
        if sheet.scale:
            x, y = sheet.scale
            show_scale(place(x + TYPE // 4, y + TYPE // 2, TYPE, SIDE - TYPE))
    return figure


def lay_out(views: PairViews, titles: tuple[str, str], text: str, length: Callable[[str], float]) -> Sheet:
    """
    Puts everything in its place.

    Args:
        views, titles, text: as for [`draw_views`].
        length (`Callable`): of a line of text, in pixels.
    """
    shown = [(titles[0], views.onset), (titles[1], views.apex)]
    if views.magnified is not None:
        shown.append((f"apex, movement {times(views.factor)} times", views.magnified))
        shown.append((f"movement, arrows {ARROWS:g} times", views.movement))
    else:
        shown.append(("where the face moved", views.movement))
    rows = [shown[place : place + 2] for place in range(0, len(shown), 2)]
    texts, faces, scale, y = [], [], None, GAP // 2

    def write(x: int, y: float, lines: list[str]) -> None:
        texts.extend((x, y + LINE * (number + 0.5), words) for number, words in enumerate(lines))

    sentence = wrapped(text, length, WIDTH - 2 * GAP)
    write(GAP, y, sentence)
    y += LINE * len(sentence) + GAP // 2
    for row in rows:
        heads = [wrapped(title, length, SIDE) for title, _ in row]
        y += GAP // 2 + LINE * max(map(len, heads))
        for number, (lines, (_, face)) in enumerate(zip(heads, row, strict=True)):
            x = GAP + number * (SIDE + GAP)
            write(x, y - LINE * len(lines), lines)
            faces.append((x, y, _resized(face)))
        scale = (2 * (SIDE + GAP) + GAP // 2, y) if views.magnified is not None else None
        y += SIDE
    return Sheet(y + GAP, texts, faces, scale)


def wrapped(text: str, length: Callable[[str], float], width: float) -> list[str]:
    """Lines that are not longer than `width` pixels."""
    lines = []
    for word in text.split():
        if lines and length(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _resized(face: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(face).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def _length(words: str) -> float:
    """Of a line in the type of a figure, in pixels."""
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), words, size=POINTS).get_extents().width / 72 * DPI
