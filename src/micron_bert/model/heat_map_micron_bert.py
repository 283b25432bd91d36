"""A micro map as a heat map: dark and clear where nothing moved, bright and opaque where it did."""

import numpy as np
from PIL import Image

# the map "inferno", readable for the colour-blind and in grey print: every 17th of its 256 colours
_EVERY_17TH = bytes.fromhex(
    "000004 0c0826 240c4f 420a68 5d126e 781c6d 932667 ae305c c73e4c dd513a ed6925 f8850f fca50a fac62d f2e661 fcffa4"
)
_KEYS = np.frombuffer(_EVERY_17TH, np.uint8).reshape(16, 3)
COLOURS = np.stack([np.interp(np.arange(256), np.arange(0, 256, 17), key) for key in _KEYS.T], axis=-1)
COLOURS = np.round(COLOURS).astype(np.uint8)  # (256, 3)
OPACITY = 0.65  # of the colour where the face moved most
SHOWN_SIZE = 336  # side in pixels of a face that is shown


def enlarge(grid: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A patch grid `(rows, columns)`, enlarged smoothly to `(height, width)`, float32."""
    height, width = size
    image = Image.fromarray(np.asarray(grid, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


def heat(micro_map: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A patch grid `(rows, columns)` in [0, 1], enlarged to `(height, width)` and clipped to [0, 1]."""
    return np.clip(enlarge(micro_map, size), 0, 1)


def blend(image: np.ndarray, colours: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """
    Lays colours over a picture.

    Args:
        image (`np.ndarray` of shape `(H, W, 3)`):
            RGB uint8.
        colours (`np.ndarray` of shape `(H, W, 3)` or `(3,)`):
            In [0, 255].
        opacity (`np.ndarray` of shape `(H, W)`):
            In [0, 1]; 0 leaves the picture as it is.
    """
    weight = np.asarray(opacity, np.float32)[..., None]
    return np.round(image * (1 - weight) + np.asarray(colours, np.float32) * weight).astype(np.uint8)


def overlay(image: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """
    Lays a heat map over a picture, more opaque where more moved.

    Args:
        image (`np.ndarray` of shape `(H, W, 3)`):
            RGB uint8.
        strength (`np.ndarray` of shape `(H, W)`):
            In [0, 1].
    """
    return blend(image, COLOURS[np.round(strength * 255).astype(np.uint8)], OPACITY * strength)


def draw_micro_map(face: Image.Image, micro_map: np.ndarray) -> Image.Image:
    """
    Where the face moved, laid over it, as a picture of 336 × 336 pixels.

    Args:
        face (`PIL.Image.Image`):
            The aligned crop.
        micro_map (`np.ndarray` of shape `(rows, columns)`):
            In [0, 1].
    """
    size = (SHOWN_SIZE, SHOWN_SIZE)
    shown = np.asarray(face.convert("RGB").resize(size, Image.Resampling.BICUBIC))
    return Image.fromarray(overlay(shown, heat(micro_map, size)))


__all__ = ["COLOURS", "OPACITY", "SHOWN_SIZE", "blend", "draw_micro_map", "enlarge", "heat", "overlay"]
