"""One line of text along the lower edge of a picture."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from micron_bert.pictures.movement import INK, PAPER


def draw_banner(image: np.ndarray, text: str) -> np.ndarray:
    """The line on a dark band over a picture, `(H, W, 3)` RGB uint8; text that is too long is made smaller."""
    picture = Image.fromarray(image)
    height = max(18, image.shape[0] // 16)
    draw, size = ImageDraw.Draw(picture), round(height * 0.62)
    while size > 8 and draw.textlength(text, font=ImageFont.load_default(size)) > image.shape[1] - 16:
        size -= 1
    draw.rectangle((0, image.shape[0] - height, image.shape[1], image.shape[0]), fill=INK)
    font = ImageFont.load_default(size)
    draw.text((8, image.shape[0] - height / 2), text, fill=PAPER, font=font, anchor="lm")
    return np.asarray(picture)
