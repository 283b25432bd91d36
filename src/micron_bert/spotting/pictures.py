"""The apexes of a spotting on one sheet."""

import math

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from micron_bert.pictures.movement import INK, PAPER
from micron_bert.recognition.detection import likeness
from micron_bert.spotting.interval import Interval
from micron_bert.video.reader import Video

QUIET = (113, 113, 122)
TILE, TILES, CAPTION, GAP = 168, 4, 56, 14
MARGIN = 0.35  # of the face's side, around it
MOST_TILES = 60


def draw_sheet(video: Video, intervals: list[Interval]) -> np.ndarray | None:
    """
    The faces at onset and apex of every interval, with its times, kind and confidence.

    Args:
        video ([`Video`]): the film, which is read again.
        intervals (`list[Interval]`): the surest 60 of them are shown, in order.

    Returns:
        `np.ndarray` of shape `(H, W, 3)`: RGB uint8; `None` without intervals.
    """
    surest = sorted(intervals, key=lambda interval: -interval.confidence)[:MOST_TILES]
    shown = sorted(surest, key=lambda interval: (interval.onset, interval.face))
    if not shown:
        return None
    width, height = 2 * TILE + GAP, TILE + CAPTION + GAP
    columns = min(TILES, len(shown))
    size = (columns * width + GAP, math.ceil(len(shown) / columns) * height + GAP)
    sheet = Image.new("RGB", size, PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, (interval, pictures) in enumerate(zip(shown, _faces(video, shown), strict=True)):
        x, y = GAP + number % columns * width, GAP + number // columns * height
        for position, picture in enumerate(pictures):
            sheet.paste(Image.fromarray(picture), (x + position * TILE, y))
        when = f"{interval.start:.2f}-{interval.end:.2f} s   {interval.kind}   {interval.region}"
        what = f"confidence {interval.confidence:.2f}   {likeness(interval)}"
        draw.text((x, y + TILE + 4), f"onset {interval.onset}, apex {interval.apex}", fill=QUIET, font=font)
        draw.text((x, y + TILE + 20), when, fill=INK, font=font)
        draw.text((x, y + TILE + 36), what, fill=INK, font=font)
    return np.asarray(sheet)


def _faces(video: Video, intervals: list[Interval]):
    """The face at the onset and at the apex of each interval, cut out by the same box."""
    for interval in intervals:
        wanted = {}
        for frame in video.frames(max(interval.start - 1e-4, 0), interval.peak + 1e-3):
            if frame.index in (interval.onset, interval.apex):
                wanted[frame.index] = frame.image
        yield [_cut(wanted[number], interval.box) for number in (interval.onset, interval.apex) if number in wanted]


def _cut(image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    side = (1 + 2 * MARGIN) * max(box[2] - box[0], box[3] - box[1])
    scale = TILE / side
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    matrix = np.array([[scale, 0, TILE / 2 - scale * middle[0]], [0, scale, TILE / 2 - scale * middle[1]]])
    return cv2.warpAffine(image, matrix, (TILE, TILE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
