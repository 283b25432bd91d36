"""Pictures for people: where the face moved, as a heat map over it, beside the two frames."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from micron_bert.model.heat_map_micron_bert import COLOURS, heat, overlay

_INK, _QUIET, _PAPER, _BAR = (24, 24, 27), (113, 113, 122), (255, 255, 255), (37, 99, 235)


def overlay_in_scene(scene: np.ndarray, micro_map: np.ndarray, to_crop: np.ndarray, size: int) -> np.ndarray:
    """
    Lay the heat map of an aligned face over the picture that the face was cut from.

    Args:
        scene (`np.ndarray` of shape `(H, W, 3)`):
            RGB uint8.
        micro_map (`np.ndarray` of shape `(rows, columns)`):
            In [0, 1], on the patch grid of the crop.
        to_crop (`np.ndarray` of shape `(2, 3)`):
            Similarity from pixels of the picture to pixels of the crop.
        size (`int`):
            Side of the crop in pixels.
    """
    height, width = scene.shape[:2]
    strength = heat(micro_map, (size, size))
    to_crop = np.asarray(to_crop, np.float64)
    in_scene = cv2.warpAffine(strength, to_crop, (width, height), flags=cv2.WARP_INVERSE_MAP)
    return overlay(scene, np.clip(in_scene, 0, 1))


def _font(size: int) -> ImageFont.ImageFont:
    return ImageFont.load_default(size)


def draw_probabilities(width: int, probabilities: dict[str, float], row: int = 30) -> np.ndarray:
    """Horizontal bars, the most probable first: `(rows, width, 3)` RGB uint8."""
    picture = Image.new("RGB", (width, row * len(probabilities) + row // 2), _PAPER)
    draw, font = ImageDraw.Draw(picture), _font(round(row * 0.55))
    name_width = 12 + max(round(draw.textlength(name, font=font)) for name in probabilities)
    number_width = 12 + round(draw.textlength("100 %", font=font))
    for i, (name, value) in enumerate(sorted(probabilities.items(), key=lambda item: -item[1])):
        top = i * row + 4
        draw.text((8, top), name, fill=_INK, font=font)
        room = width - name_width - number_width - 24
        draw.rectangle((name_width + 8, top + 3, name_width + 8 + room, top + row - 10), fill=(228, 228, 231))
        draw.rectangle((name_width + 8, top + 3, name_width + 8 + round(room * value), top + row - 10), fill=_BAR)
        draw.text((width - number_width - 4, top), f"{value:.0%}", fill=_INK, font=font)
    return np.asarray(picture)


def draw_result(
    onset: np.ndarray,
    apex: np.ndarray,
    strength: np.ndarray,
    titles: tuple[str, str, str],
    probabilities: dict[str, float],
) -> np.ndarray:
    """
    Onset, apex and the apex under its heat map side by side, with the probabilities below.

    Args:
        onset, apex (`np.ndarray` of shape `(H, W, 3)`):
            RGB uint8.
        strength (`np.ndarray` of shape `(H, W)`):
            How much each place moved, in [0, 1].
        titles (`tuple[str, str, str]`):
            Above the three pictures.
        probabilities (`dict[str, float]`):
            Name and probability of each class.

    Returns:
        `np.ndarray`: RGB uint8.
    """
    gap, band = 12, 34
    height, width = onset.shape[:2]
    panels = [onset, apex, overlay(apex, strength)]
    canvas = Image.new("RGB", (3 * width + 4 * gap, height + band + gap), _PAPER)
    draw, font = ImageDraw.Draw(canvas), _font(17)
    for i, (panel, title) in enumerate(zip(panels, titles, strict=True)):
        left = gap + i * (width + gap)
        draw.text((left, 8), title, fill=_INK, font=font)
        canvas.paste(Image.fromarray(panel), (left, band))
    scale = COLOURS[np.linspace(255, 0, height // 2).astype(int)][:, None].repeat(8, axis=1)
    canvas.paste(Image.fromarray(np.ascontiguousarray(scale)), (gap + 2 * (width + gap) + width - 14, band + 6))
    draw.text((gap + 2 * (width + gap) + width - 60, band + 2), "moved", fill=_PAPER, font=_font(13))
    bars = draw_probabilities(canvas.width, probabilities)
    return np.vstack([np.asarray(canvas), bars])


def draw_banner(image: np.ndarray, text: str) -> np.ndarray:
    """One line of text on a dark band along the lower edge of a picture, `(H, W, 3)` RGB uint8."""
    picture = Image.fromarray(image)
    height = max(18, image.shape[0] // 16)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, image.shape[0] - height, image.shape[1], image.shape[0]), fill=_INK)
    draw.text((8, image.shape[0] - height + height // 8), text, fill=_PAPER, font=_font(round(height * 0.62)))
    return np.asarray(picture)
