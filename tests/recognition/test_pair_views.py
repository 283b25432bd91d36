"""The sheet of a pair can be printed as wide as a column, whatever stands on it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from micron_bert.pictures.figure import COLUMN, DPI, SMALL
from micron_bert.recognition import pair_views
from micron_bert.recognition.pair_views import GAP, SHOWN_SIZE, TYPE, PairViews, draw_views

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


def test_titles_stand_over_their_own_face():
    font, side = ImageFont.load_default(TYPE), pair_views._side(round(COLUMN * DPI))
    for title in (
        "onset: frame 119999, 599.99 s",
        "apex, 3.2 times the movement",
        "movement, arrows 8 times",
        "where the face moved",
    ):
        assert font.getlength(title) <= side + GAP / 2, title


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
    lines = pair_views._wrapped(f"{LONG}; {LONG}", font, 800)
    assert " ".join(lines) == f"{LONG}; {LONG}" and max(map(font.getlength, lines)) <= 800


def test_greys_keep_the_order_of_the_colours(views):
    from micron_bert.pictures.movement import ramp

    colours = [tuple(bytes.fromhex(colour[1:])) for colour in ramp()]
    greys = [Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0)) for colour in colours]
    assert (np.diff(greys) > 5).all()
