"""One line of text below a picture, which stays as it is above the line."""

import numpy as np

from micron_bert.pictures.banner import draw_banner


def test_banner_keeps_the_picture_above_it():
    image = np.full((160, 160, 3), 200, np.uint8)
    drawn, empty = draw_banner(image, "0.50 s"), draw_banner(image, "")
    assert drawn.shape == image.shape and (drawn[:140] == 200).all()
    assert (drawn[-18:] != empty[-18:]).any(), "the text is to be seen"
