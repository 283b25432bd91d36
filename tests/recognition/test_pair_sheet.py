"""The sheet of a pair can be printed as wide as a column, whatever stands on it."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image, ImageDraw, ImageFont

from micron_bert.pictures.figure import COLUMN, DPI, KINDS, SMALL, to_bytes
from micron_bert.recognition.pair_sheet import TYPE, draw_views, figure_of_views, lay_out, wrapped
from micron_bert.recognition.pair_views import SHOWN_SIZE, PairViews

LONG = "The left outer brow and the left upper eyelid moved up and outwards by 1.23 % of the distance between the eyes"


@pytest.fixture
def views():
    faces = np.random.default_rng(0).integers(60, 200, (4, SHOWN_SIZE, SHOWN_SIZE, 3), np.uint8)
    return PairViews(faces[0], faces[1], faces[2], 3.2, faces[3])


@pytest.mark.parametrize("magnified", [True, False])
def test_sheet_is_a_column_wide_and_cuts_nothing_off(views, magnified):
    if not magnified:
        views = views._replace(magnified=None)
    sheet = draw_views(views, ("onset: frame 119999, 599.99 s", "apex: frame 120011, 600.06 s"), f"{LONG}; {LONG}")
    assert sheet.shape[1] == round(COLUMN * DPI) and TYPE / DPI * 72 >= SMALL >= 7
    for edge in (sheet[:, :4], sheet[:, -4:], sheet[:4], sheet[-4:]):
        assert (edge > 250).all()


@pytest.mark.parametrize("kind", KINDS)
def test_figure_is_a_column_wide_with_type_of_seven_points(views, kind):
    titles = ("onset: frame 119999, 599.99 s", "apex: frame 120011, 600.06 s")
    figure = figure_of_views(views, titles, f"{LONG}; {LONG}")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [one for one in figure.findobj(Text) if one.get_text() and one.get_window_extent().width > 1]
    assert figure.get_figwidth() == COLUMN and min(one.get_fontsize() for one in texts) >= SMALL >= 7
    boxes = [one.get_window_extent() for one in texts]
    width, height = canvas.get_width_height()
    assert all(box.x0 > 0 and box.y0 > 0 and box.x1 < width and box.y1 < height for box in boxes)
    assert not [one for one in boxes for other in boxes if one is not other and one.overlaps(other)]
    content = to_bytes(figure, kind)
    assert content == to_bytes(figure, kind)
    if kind == "svg":
        assert b"movement, arrows 8 times</text>" in content and b"2+ %</text>" in content


def test_a_title_has_as_many_lines_as_it_needs(views):
    titles = ("onset: frame 119999, 599.99 s", "apex")
    wide = lay_out(views, titles, LONG, lambda words: 0.3 * TYPE * len(words))
    narrow = lay_out(views, titles, LONG, lambda words: 0.6 * TYPE * len(words))
    assert titles[0] in [words for _, _, words in wide.texts]
    assert titles[0] not in [words for _, _, words in narrow.texts] and narrow.height > wide.height


def test_every_letter_is_in_the_type(views, monkeypatch):
    """What the type lacks is drawn as an empty box."""
    written, draw = [], ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        ImageDraw.ImageDraw,
        "text",
        lambda self, xy, text, **look: (written.append(text), draw(self, xy, text, **look)),
    )
    draw_views(views, ("onset: frame 32, 1.07 s", "apex: frame 37, 1.23 s"), LONG)
    font = ImageFont.load_default(TYPE)
    box = bytes(font.getmask("\uffff"))
    letters = set("".join(written)) - {" "}
    assert "onset: frame 32, 1.07 s" in written
    assert not [letter for letter in letters if bytes(font.getmask(letter)) == box]


def test_lines_are_no_longer_than_the_sheet():
    font = ImageFont.load_default(TYPE)
    lines = wrapped(f"{LONG}; {LONG}", font.getlength, 800)
    assert " ".join(lines) == f"{LONG}; {LONG}" and max(map(font.getlength, lines)) <= 800


def test_greys_keep_the_order_of_the_colours(views):
    from micron_bert.pictures.movement import ramp

    colours = [tuple(bytes.fromhex(colour[1:])) for colour in ramp()]
    greys = [Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0)) for colour in colours]
    assert (np.diff(greys) > 5).all()
