"""The views of a pair: cut out at the resolution of the source, with nothing invented beyond its edge."""

import io

import numpy as np
from PIL import Image

from micron_bert.recognition.pair_views import BEYOND, FLIP, SHOWN_SIZE, PairViews, draw_flip, large_crop


def test_what_lies_beyond_the_picture_is_plain():
    scene = np.full((60, 60, 3), 90, np.uint8)
    shifted = np.array([[1.0, 0, 56], [0, 1, 0]])  # the picture begins in the middle of a crop of 112 pixels
    crop = large_crop(scene, shifted, 112)
    assert crop.shape == (SHOWN_SIZE, SHOWN_SIZE, 3)
    assert (crop[4:170, : SHOWN_SIZE // 2 - 3] == BEYOND).all() and (crop[4:170, SHOWN_SIZE // 2 + 3 :] == 90).all()


def test_flip_shows_the_pair_and_beside_it_the_movement_magnified():
    onset, apex, magnified, movement = np.repeat(np.array([40, 80, 160, 220], np.uint8), SHOWN_SIZE**2 * 3).reshape(
        4, SHOWN_SIZE, SHOWN_SIZE, 3
    )
    flip = Image.open(io.BytesIO(draw_flip(PairViews(onset, apex, magnified, 5.0, movement))))
    assert (flip.n_frames, flip.size, flip.info["duration"]) == (2, (2 * SHOWN_SIZE, SHOWN_SIZE), FLIP)
    flip.seek(1)
    picture = np.asarray(flip.convert("RGB")).astype(int)
    assert abs(picture[9, 9] - 80).max() < 4 and abs(picture[9, -9] - 160).max() < 4
