"""What moved, in words: the right region, side, direction and size of movements that are known."""

import numpy as np
import pytest

from micron_bert.model.description_micron_bert import describe, resemblance, share_of

ROWS, COLUMNS = np.mgrid[0:14, 0:14]


def moved(rows, columns, x, y):
    """A field of nothing but one part of the face that moves."""
    inside = (ROWS >= rows[0]) & (ROWS < rows[1]) & (COLUMNS >= columns[0]) & (COLUMNS < columns[1])
    return np.stack([np.where(inside, x, 0.0), np.where(inside, y, 0.0)])


OUT = np.where(COLUMNS < 7, -1.0, 1.0)


@pytest.mark.parametrize(
    ("field", "region", "side", "direction"),
    [
        (moved((1, 4), (1, 13), 0, -1.5), "brows", "both", "up"),
        (moved((1, 4), (1, 13), -OUT, 1.0), "brows", "both", "down and inwards"),
        (moved((9, 13), (4, 10), OUT, -1.0), "mouth", "both", "up and outwards"),
        (moved((9, 13), (7, 10), 0.2, 1.5), "mouth", "right", "down"),
        (moved((9, 13), (4, 7), -1.5, 0.1), "mouth", "left", "outwards"),
        (moved((9, 13), (4, 10), 1.2, 0.0), "mouth", "both", "to the right"),
        (moved((6, 10), (1, 5), 0, -1.0), "cheeks", "left", "up"),
        (moved((9, 13), (4, 10), 0, np.where(ROWS < 11, -1.0, 1.0)), "mouth", "both", None),
    ],
)
def test_known_movements(field, region, side, direction):
    found = describe(field)
    assert (found.region, found.side, found.direction) == (region, side, direction)
    assert found.percent_of_eye_distance == pytest.approx(np.linalg.norm(field, axis=0).max(), abs=0.01)


def test_sentence():
    field = moved((9, 13), (7, 10), 0.0, 1.5)
    assert str(describe(field, 0.2)) == (
        "the right side of the mouth moved down by up to 1.5 % of the distance between the eyes, within 0.20 s"
    )
    assert "the brow on the left moved up" in str(describe(moved((1, 4), (1, 6), 0.0, -1.5)))
    # the course of a film knows better where it was than one pair of its frames
    assert describe(field, region="cheeks").region == "cheeks"


def test_a_face_that_did_not_move_has_no_direction():
    still = describe(np.zeros((2, 14, 14)))
    assert still.direction is None and still.percent_of_eye_distance == 0


def test_sureness_is_a_word():
    shares = {"positive": 0.76, "negative": 0.02, "surprise": 0.02, "none": 0.2}
    assert share_of("positive", shares) == pytest.approx(0.95)
    assert resemblance("positive", 0.95) == "closely resembles positive"
    assert resemblance("positive", 0.7) == "resembles positive"
    assert resemblance("positive", 0.4) == "faintly resembles positive"
