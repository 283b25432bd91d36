"""The pictures of a recognised pair: onset, apex, the magnified apex, and the movement over it."""

import io
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.model.heat_map_micron_bert import SHOWN_SIZE, heat
from micron_bert.model.heat_map_micron_bert import overlay as overlay_heat
from micron_bert.pictures.magnification import magnify
from micron_bert.pictures.movement import draw_movement
from micron_bert.recognition.recognition import Recognition

BEYOND = (228, 228, 231)  # what lies beyond the edge of the source
FLIP = 600  # milliseconds for which each picture of the flip is shown
SHOWN_EYES = EYE_DISTANCE * SHOWN_SIZE  # pixels between the eyes


class PairViews(NamedTuple):
    """
    Faces `(336, 336, 3)`, RGB uint8, cut out at the resolution of the source and held in place.

    Attributes:
        onset, apex (`np.ndarray`): as they were.
        magnified (`np.ndarray` or `None`): the apex with its movement magnified; `None` for a pooled head.
        factor (`float`): of the magnification.
        movement (`np.ndarray`): the apex under the colours and arrows of the movement.
    """

    onset: np.ndarray
    apex: np.ndarray
    magnified: np.ndarray | None
    factor: float
    movement: np.ndarray


def pair_views(recognition: Recognition) -> PairViews:
    """The views of a recognition."""
    size = recognition.pair.frames.shape[1]
    onset, apex = (
        large_crop(scene, matrix, size)
        for scene, matrix in zip(recognition.scenes, recognition.pair.transforms, strict=True)
    )
    moved = recognition.displacement
    if moved is None:  # a pooled head has a map, but no displacement
        return PairViews(onset, apex, None, 1.0, overlay_heat(apex, heat(recognition.micro_map, apex.shape[:2])))
    magnified, factor = magnify(apex, moved, SHOWN_EYES)
    return PairViews(onset, apex, magnified, factor, draw_movement(apex, moved, SHOWN_EYES))


def large_crop(scene: np.ndarray, to_crop: np.ndarray, size: int) -> np.ndarray:
    """The model's crop of the face, at the resolution of the source where that is higher."""
    factor = SHOWN_SIZE / size
    matrix = np.array(to_crop, float) * factor
    matrix[:, 2] += (factor - 1) / 2
    shape = (SHOWN_SIZE, SHOWN_SIZE)
    # what lies beyond the picture is plain: a smeared edge would look like a movement
    return cv2.warpAffine(scene, matrix, shape, flags=cv2.INTER_AREA, borderValue=BEYOND)


def times(factor: float) -> str:
    """A factor as people write it: `5`, `3.2`."""
    return f"{factor:.1f}".removesuffix(".0")


def titles_of(recognition: Recognition) -> tuple[str, str]:
    """Such as `"onset: frame 32, 1.07 s"`, of onset and apex; bare names of pictures."""
    titles = []
    for name in ("onset", "apex"):
        seconds = (recognition.times or {}).get(name)
        at = f": frame {getattr(recognition, name)}, {seconds:.2f} s" if seconds is not None else ""
        titles.append(name + at)
    return tuple(titles)


def draw_flip(views: PairViews) -> bytes:
    """An animated GIF that goes back and forth between onset and apex; beside it the same, magnified."""
    pairs = [(views.onset, views.onset), (views.apex, views.apex if views.magnified is None else views.magnified)]
    frames = [Image.fromarray(np.hstack(pair)) for pair in pairs]
    # one palette for both: colours that change from frame to frame would flicker
    both = Image.fromarray(np.vstack([np.asarray(frame) for frame in frames])).quantize(255)
    frames = [frame.quantize(palette=both, dither=Image.Dither.NONE) for frame in frames]
    content = io.BytesIO()
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:], duration=FLIP, loop=0)
    return content.getvalue()
