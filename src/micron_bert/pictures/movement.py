"""How far the skin moved, as colours on a fixed scale and as arrows, laid over a face."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from micron_bert.model.heat_map_micron_bert import blend, enlarge

SCALE = 2.0  # % of the inter-ocular distance at the upper end of the colours, in every picture
TICKS = (0.0, 0.5, 1.0, 1.5, 2.0)
SEEN = 0.15  # % below which nothing is drawn: less than the model tells apart from no movement
OPACITY = 0.6  # of the colours from `FULL` on; the face is seen through them
FULL = 0.8  # %
ARROWS = 8.0  # times as long as the movement
# dark blue, magenta, orange: brighter with every step, so that grey print keeps the order
_SHADES = np.linspace(10, 205, 256).astype(np.uint8)[None]  # a picture, for OpenCV 4 and 5 see a list differently
_RAMP = cv2.applyColorMap(_SHADES, cv2.COLORMAP_PLASMA)[0, :, ::-1]
INK, PAPER = (24, 24, 27), (255, 255, 255)


def enlarged(displacement: np.ndarray, size: int) -> np.ndarray:
    """A field `(2, rows, columns)` on the patch grid, at every pixel of a face: `(2, size, size)`, float32."""
    return np.stack([enlarge(part, (size, size)) for part in displacement])


def veil(displacement: np.ndarray, size: int) -> np.ndarray:
    """
    The colours alone, clear where nothing moved.

    Args:
        displacement (`np.ndarray` of shape `(2, rows, columns)`):
            In % of the inter-ocular distance.
        size (`int`):
            Side of the face in pixels.

    Returns:
        `np.ndarray` of shape `(size, size, 4)`: RGBA, uint8.
    """
    length = np.linalg.norm(enlarged(displacement, size), axis=0)
    colours = _RAMP[np.round(255 * np.clip(length / SCALE, 0, 1)).astype(np.uint8)]
    opacity = OPACITY * np.clip((length - SEEN) / (FULL - SEEN), 0, 1)
    return np.dstack([colours, np.round(255 * opacity).astype(np.uint8)])


def overlay(face: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Lays a [`veil`] over a face `(size, size, 3)`; RGB uint8."""
    return blend(face, colours[..., :3], colours[..., 3] / np.float32(255))


def draw_movement(face: np.ndarray, displacement: np.ndarray, eye_distance: float) -> np.ndarray:
    """
    A face under the colours and the arrows of its movement.

    Args:
        face (`np.ndarray` of shape `(size, size, 3)`): RGB uint8.
        displacement (`np.ndarray` of shape `(2, rows, columns)`): in % of the inter-ocular distance.
        eye_distance (`float`): in pixels of the face.
    """
    picture = np.ascontiguousarray(overlay(face, veil(displacement, len(face))))
    rows, columns = displacement.shape[1:]
    for row, column in np.argwhere(np.linalg.norm(displacement, axis=0) >= 2 * SEEN):
        start = np.array([(column + 0.5) / columns, (row + 0.5) / rows]) * len(face)
        end = start + ARROWS * eye_distance / 100 * displacement[:, row, column]
        points = [tuple(int(round(16 * value)) for value in point) for point in (start, end)]
        for colour, width in ((INK, 4), (PAPER, 2)):
            cv2.arrowedLine(picture, *points, colour, width, cv2.LINE_AA, shift=4, tipLength=0.25)
    return picture


def overlay_in_scene(
    scene: np.ndarray, displacement: np.ndarray, to_crop: np.ndarray, size: int, strength: float = 1.0
) -> np.ndarray:
    """
    The colours over the picture that the face was cut from.

    Args:
        scene (`np.ndarray` of shape `(H, W, 3)`): RGB uint8.
        displacement (`np.ndarray` of shape `(2, rows, columns)`): in % of the inter-ocular distance.
        to_crop (`np.ndarray` of shape `(2, 3)`): similarity from pixels of the picture to pixels of the crop.
        size (`int`): side of the crop in pixels.
        strength (`float`, defaults to 1.0): 0 leaves the picture as it is.
    """
    height, width = scene.shape[:2]
    colours = veil(displacement, size)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    placed = cv2.warpAffine(colours, np.asarray(to_crop, np.float64), (width, height), flags=flags)
    placed[..., 3] = np.round(placed[..., 3] * strength)
    return overlay(scene, placed)


def draw_scale(height: int, text: int) -> np.ndarray:
    """
    The colours with their numbers, for beside a face.

    Args:
        height (`int`): in pixels.
        text (`int`): height of the type in pixels.

    Returns:
        `np.ndarray` of shape `(height, 4.5 * text, 3)`: RGB uint8.
    """
    picture = Image.new("RGB", (round(4.5 * text), height), PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(text)
    top, bottom, line = text // 2 + 2, height - text // 2 - 2, max(1, text // 14)
    bar = _RAMP[np.linspace(255, 0, bottom - top).astype(int)][:, None].repeat(text, axis=1)
    picture.paste(Image.fromarray(np.ascontiguousarray(bar)), (text // 4, top))
    for tick in TICKS:
        y = bottom - (bottom - top) * tick / SCALE
        draw.line((1.25 * text, y, 1.55 * text, y), fill=INK, width=line)
        draw.text((1.75 * text, y), _name(tick), fill=INK, font=font, anchor="lm")
    return np.asarray(picture)


def show_scale(axes) -> None:
    """The same on `matplotlib.axes.Axes` as wide as the colours."""
    axes.imshow(_RAMP[::-1, None], aspect="auto", extent=(0, 1, 0, SCALE), interpolation="none")
    axes.set(xticks=[], yticks=TICKS, yticklabels=map(_name, TICKS))
    axes.yaxis.tick_right()
    axes.tick_params(length=2, pad=2)
    axes.spines[:].set_visible(False)


def _name(tick: float) -> str:
    return f"{tick:g}{'+' if tick == SCALE else ''} %"


def ramp(steps: int = 9) -> list[str]:
    """The colours as a page writes them, from no movement to the upper end of the scale."""
    return ["#" + _RAMP[level].tobytes().hex() for level in np.linspace(0, 255, steps).astype(int)]
