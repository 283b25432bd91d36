"""Spotting as pictures: the curve with its intervals, and the apexes on one sheet."""

import math

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from micron_bert.recognition.detection import likeness
from micron_bert.spotting.interval import REGIONS, Curve, Interval
from micron_bert.video.reader import Video

# colours that the colour-blind tell apart
COLOURS = dict(zip(REGIONS, ("#0072b2", "#56b4e9", "#009e73", "#d55e00", "#cc79a7"), strict=True))
INK, QUIET, PAPER, MICRO, MACRO, ABSENT = "#18181b", "#71717a", "#ffffff", "#fde68a", "#bfdbfe", "#e4e4e7"
WIDTH, ROW, LEFT, RIGHT, HEAD, FOOT = 1500, 190, 56, 16, 40, 26
ROW_SECONDS, MOST_ROWS = 60.0, 40
FINE = 2  # the curve is drawn larger and averaged down
TILE, TILES, CAPTION, GAP = 168, 4, 56, 14
MARGIN = 0.35  # of the face's side, around it
MOST_TILES = 60


def draw_curve(curve: Curve, intervals: list[Interval]) -> np.ndarray:
    """
    The movement by region over time, a row for each minute, with the intervals behind it.

    Returns:
        `np.ndarray` of shape `(H, W, 3)`: RGB uint8.
    """
    first, last = float(curve.times[0]), float(curve.times[-1])
    span = min(ROW_SECONDS, max(last - first, 1.0))
    if (last - first) / span > MOST_ROWS:
        span = 60 * math.ceil((last - first) / MOST_ROWS / 60)
    rows = max(1, math.ceil((last - first) / span))
    known = np.concatenate([values[np.isfinite(values)] for values in curve.regions.values()])
    top = max(float(np.quantile(known, 0.995)) if len(known) else 0.0, 0.2) * 1.1
    picture = Image.new("RGB", (WIDTH * FINE, (HEAD + rows * (ROW + FOOT)) * FINE), PAPER)
    draw = ImageDraw.Draw(picture)
    _draw_legend(draw)
    for row in range(rows):
        begin = first + row * span
        _draw_row(draw, curve, intervals, begin, span, (HEAD + row * (ROW + FOOT)) * FINE, top)
    return np.asarray(picture.resize((picture.width // FINE, picture.height // FINE), Image.Resampling.BOX))


def _font(size: int) -> ImageFont.ImageFont:
    return ImageFont.load_default(size * FINE)


def _draw_legend(draw: ImageDraw.ImageDraw) -> None:
    x, font = LEFT * FINE, _font(13)
    draw.text((x, 10 * FINE), "movement, % of the distance between the eyes:", fill=INK, font=font)
    x += round(draw.textlength("movement, % of the distance between the eyes:", font=font)) + 16 * FINE
    for name, colour in (*COLOURS.items(), ("micro", MICRO), ("macro", MACRO), ("no face", ABSENT)):
        draw.rectangle((x, 12 * FINE, x + 16 * FINE, 24 * FINE), fill=colour)
        draw.text((x + 22 * FINE, 10 * FINE), name, fill=INK, font=font)
        x += 22 * FINE + round(draw.textlength(name, font=font)) + 18 * FINE


def _draw_row(draw, curve: Curve, intervals: list[Interval], begin: float, span: float, y: int, top: float) -> None:
    left, right, bottom = LEFT * FINE, (WIDTH - RIGHT) * FINE, y + ROW * FINE

    def across(seconds: float) -> float:
        return left + (np.clip((seconds - begin) / span, 0, 1)) * (right - left)

    shown = (curve.times >= begin) & (curve.times < begin + span)
    times, present = curve.times[shown], curve.present[shown]
    step = float(np.median(np.diff(curve.times))) if len(curve.times) > 1 else 0.04
    for time in times[~present]:
        draw.rectangle((across(time - step / 2), y, across(time + step), bottom), fill=ABSENT)
    for interval in intervals:
        if interval.end < begin or interval.start >= begin + span:
            continue
        colour = MICRO if interval.kind == "micro" else MACRO
        x = across(interval.start)
        draw.rectangle((x, y, max(across(interval.end), x + 2 * FINE), bottom), fill=colour)
        text = f"{interval.region} {interval.confidence:.2f}"
        draw.text((min(x, right - 80 * FINE), y + 2 * FINE), text, fill=INK, font=_font(11))
    for share in (0.0, 0.5, 1.0):
        level = bottom - share * (bottom - y)
        draw.line((left, level, right, level), fill=ABSENT, width=FINE)
        draw.text((8 * FINE, level - 8 * FINE), f"{share * top:.2f}", fill=QUIET, font=_font(12))
    tick = 1 if span <= 15 else 5 if span <= 60 else 30
    for seconds in range(math.ceil(begin / tick) * tick, int(begin + span) + 1, tick):
        draw.line((across(seconds), bottom, across(seconds), bottom + 5 * FINE), fill=QUIET, width=FINE)
        draw.text((across(seconds) - 10 * FINE, bottom + 6 * FINE), f"{seconds} s", fill=QUIET, font=_font(12))
    for name, colour in COLOURS.items():
        values = curve.regions[name][shown]
        heights = bottom - np.clip(values / top, 0, 1) * (bottom - y)
        # a line ends where the face is gone or the film has a hole
        known = np.isfinite(values)
        breaks = np.flatnonzero(~known | (np.diff(times, prepend=times[:1]) > 0.3))
        for piece in np.split(np.arange(len(values)), breaks):
            piece = piece[known[piece]]
            if len(piece) > 1:
                line = [(across(times[i]), heights[i]) for i in piece]
                draw.line(line, fill=colour, width=FINE, joint="curve")


def draw_sheet(video: Video, intervals: list[Interval]) -> np.ndarray | None:
    """
    The faces at onset and apex of every interval, with what was spotted.

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
    """The face at the onset and at the apex of each interval, cut out by one box: it is the face that moves."""
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
