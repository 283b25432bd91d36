"""The annotated film: colours over the face, the magnified apex in a corner, and the curve below."""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from micron_bert.pictures.banner import draw_banner
from micron_bert.pictures.movement import INK, PAPER, SCALE, overlay_in_scene
from micron_bert.recognition.pair_views import PairViews, times
from micron_bert.recognition.recognition import Recognition
from micron_bert.video.reader import Frame

LONGEST_SHOWN = 1280  # pixels, the longer side
FADE = 0.15  # seconds in which the colours come and go
INSET, SMALLEST_INSET = 0.3, 96  # of the shorter side; pixels below which an inset would hide more than it shows
STRIP = 0.16  # of the height: the curve, above the line of text
LEAST_TOP = 0.5  # % of the inter-ocular distance at the upper end of the curve, at least
LINE, CURSOR = (86, 180, 233), (230, 159, 0)


def annotate(recognition: Recognition, views: PairViews, frames: Iterable[Frame]) -> Iterator[Frame]:
    """
    Args:
        recognition ([`Recognition`]): of the film; with a curve where it was spotted.
        views ([`PairViews`]): of the recognition.
        frames (`Iterable[Frame]`): of the film.

    Yields:
        [`Frame`]: of one size.
    """
    size, moved = recognition.pair.frames.shape[1], recognition.displacement
    if moved is None:  # a pooled head has no displacement: its map is drawn with 1 at the upper end of the scale
        moved = np.stack([SCALE * recognition.micro_map, np.zeros_like(recognition.micro_map)])
    onset, apex, offset = (recognition.times[name] for name in ("onset", "apex", "offset"))
    end = offset if offset is not None else apex + (apex - onset)
    text = recognition.resembles or ""
    apex_shape, shape = recognition.scenes[1].shape, None
    to_scene = cv2.invertAffineTransform(np.asarray(recognition.pair.transforms[1], np.float64))
    # in the upper corner that is further from the face
    right = (to_scene @ (size / 2, size / 2, 1))[0] <= apex_shape[1] / 2
    for frame in frames:
        image, inside = frame.image, onset <= frame.time <= end
        # the field is drawn where the face was at the apex; within half a second it does not move far
        shown = min(1.0, (frame.time - onset) / FADE + 0.01, (end - frame.time) / FADE + 1)
        if shown > 0 and image.shape == apex_shape:
            image = overlay_in_scene(image, moved, recognition.pair.transforms[1], size, shown)
        scale = min(1.0, LONGEST_SHOWN / max(image.shape[:2]))
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        shape = shape or image.shape
        if image.shape != shape:  # a film has one size, also where its source changes it
            image = cv2.resize(image, shape[1::-1], interpolation=cv2.INTER_AREA)
        image = np.array(image)
        note = ""
        if inside and views.magnified is not None and _put_inset(image, views, frame.time >= apex, right):
            note = f"   corner: {'apex, ' + times(views.factor) + ' times as far' if frame.time >= apex else 'onset'}"
        if recognition.curve is not None:
            _draw_curve(image, recognition.curve, frame.time)
        yield frame._replace(image=draw_banner(image, f"{frame.time:5.2f} s   {text if inside else ''}{note}"))


def _put_inset(image: np.ndarray, views: PairViews, late: bool, right: bool) -> bool:
    """The onset, and from the apex on the magnified apex, in an upper corner; whether there was room."""
    side = round(INSET * min(image.shape[:2]))
    if side < SMALLEST_INSET:
        return False
    face = cv2.resize(views.magnified if late else views.onset, (side, side), interpolation=cv2.INTER_AREA)
    left = image.shape[1] - 4 - side if right else 4
    image[4 : 4 + side, left : left + side] = face
    cv2.rectangle(image, (left - 1, 3), (left + side, 4 + side), PAPER, 1)
    return True


def _draw_curve(image: np.ndarray, curve, now: float) -> None:
    """The whole curve on a dark strip above the line of text, and a mark where the film is."""
    height, width = image.shape[:2]
    bottom = height - max(18, height // 16)
    top = bottom - round(STRIP * height)
    image[top:bottom] = np.round(0.35 * image[top:bottom] + 0.65 * np.array(INK)).astype(np.uint8)
    known = np.isfinite(curve.movement)
    if not known.any():
        return
    first, span = curve.times[0], max(curve.times[-1] - curve.times[0], 1e-6)
    most = max(LEAST_TOP, 1.1 * float(curve.movement[known].max()))
    x = (curve.times - first) / span * (width - 1)
    y = bottom - 2 - curve.movement / most * (bottom - top - 4)
    places = np.flatnonzero(known)
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        points = np.round(np.stack([x[run], y[run]], axis=1)).astype(np.int32)
        cv2.polylines(image, [points], False, LINE, max(1, height // 400), cv2.LINE_AA)
    at = round((now - first) / span * (width - 1))
    cv2.line(image, (at, top), (at, bottom - 1), CURSOR, max(1, height // 300))
