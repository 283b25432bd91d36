"""The curve as a figure for people and papers: movement above, the learned score with its threshold below."""

import math

import numpy as np

from micron_bert.pictures.figure import BLUE, COLUMN, GREEN, INK, PALE, VERMILION, new_figure, style
from micron_bert.spotting.interval import Curve, Interval

MOVEMENT, MICRO, MACRO, ABSENT = BLUE, VERMILION, GREEN, PALE
ROW, SCORE, APART, BETWEEN = 0.95, 0.5, 0.14, 0.5  # inches: heights of the panels, and gaps
TOP, LEFT, RIGHT, LEGEND_ROW = 0.22, 0.52, 0.12, 0.14
ROW_SECONDS, MOST_ROWS = 30.0, 40
LEGEND_COLUMNS = 2
HOLE = 0.3  # seconds without a reading after which a line breaks off
LEAST_TOP = 0.5  # % at the upper end of the movement: a calm face looks calm


def draw_curve(curve: Curve, intervals: list[Interval], thresholds: dict[str, float] | None = None):
    """
    A row for each half minute: how far the face moved, and how likely an expression was.

    Args:
        curve ([`Curve`]): of one face.
        intervals (`list[Interval]`): what was found in it; shaded, with a mark at each apex.
        thresholds (`dict[str, float]`, *optional*): confidence required, by kind.

    Returns:
        `matplotlib.figure.Figure`
    """
    first, last = float(curve.times[0]), float(curve.times[-1])
    span = min(ROW_SECONDS, max(last - first, 1.0))
    if (last - first) / span > MOST_ROWS:
        span = 60 * math.ceil((last - first) / MOST_ROWS / 60)
    rows = max(1, math.ceil((last - first) / span - 1e-6))
    known = curve.movement[np.isfinite(curve.movement)]
    top = max(1.1 * float(known.max()) if len(known) else 0.0, LEAST_TOP)
    scored = curve.judged is not None and len(curve.judged) > 0
    tall = ROW + (SCORE + APART if scored else 0)
    with style():
        entries = _legend(intervals, curve, scored)
        above_all = TOP + LEGEND_ROW * math.ceil(len(entries) / LEGEND_COLUMNS)
        height = above_all + rows * (tall + BETWEEN)
        figure = new_figure(height)
        wide = (COLUMN - LEFT - RIGHT) / COLUMN
        for row in range(rows):
            begin, above = first + row * span, height - above_all - row * (tall + BETWEEN)
            axes = figure.add_axes((LEFT / COLUMN, (above - ROW) / height, wide, ROW / height))
            _draw_movement(axes, curve, intervals, begin, span, top)
            if scored:
                axes.tick_params(labelbottom=False)
                axes = figure.add_axes((LEFT / COLUMN, (above - tall) / height, wide, SCORE / height))
                _draw_score(axes, curve.judged, thresholds or {}, begin, span)
            axes.set_xlabel("seconds", labelpad=1)
        figure.legend(
            handles=entries, loc="upper left", bbox_to_anchor=(0.01, 1 - 0.06 / height), ncols=LEGEND_COLUMNS,
            frameon=False, borderpad=0, columnspacing=1.0, handlelength=1.6, labelspacing=0.3,
        )  # fmt: skip
    return figure


def _draw_movement(axes, curve: Curve, intervals: list[Interval], begin: float, span: float, top: float) -> None:
    from matplotlib.ticker import MaxNLocator

    shown = (curve.times >= begin - HOLE) & (curve.times <= begin + span + HOLE)
    times, movement, present = curve.times[shown], curve.movement[shown], curve.present[shown]
    for start, end in _stretches(times, ~present):
        axes.axvspan(start, end, facecolor="none", edgecolor=ABSENT, hatch="////", linewidth=0)
    for interval in intervals:
        if interval.end < begin or interval.start > begin + span:
            continue
        micro = interval.kind == "micro"
        look = {"facecolor": MICRO, "alpha": 0.3} if micro else {"facecolor": MACRO, "alpha": 0.18}
        axes.axvspan(interval.start, interval.end, linewidth=0, **look)
        if begin <= interval.peak < begin + span:
            axes.plot(interval.peak, top, marker="v", color=MICRO if micro else MACRO, markersize=5, clip_on=False)
    # a line ends where nothing is known
    breaks = np.flatnonzero(np.diff(times) > HOLE) + 1
    axes.plot(np.insert(times, breaks, np.nan), np.insert(movement, breaks, np.nan), color=MOVEMENT, linewidth=0.9)
    axes.set(xlim=(begin, begin + span), ylim=(0, top), ylabel="movement, %")
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.grid(axis="y", color=ABSENT, linewidth=0.4)


def _draw_score(axes, judged: np.ndarray, thresholds: dict[str, float], begin: float, span: float) -> None:
    shown = judged[(judged[:, 0] >= begin - HOLE) & (judged[:, 0] <= begin + span + HOLE)]
    breaks = np.flatnonzero(np.diff(shown[:, 0]) > HOLE) + 1
    times = np.insert(shown[:, 0], breaks, np.nan)
    for column, (kind, colour, dashes) in enumerate((("micro", MICRO, "-"), ("macro", MACRO, "--")), start=1):
        axes.plot(times, np.insert(shown[:, column], breaks, np.nan), color=colour, linestyle=dashes, linewidth=0.9)
        if kind in thresholds:
            axes.axhline(thresholds[kind], color=colour, linestyle=":", linewidth=0.8)
    axes.set(xlim=(begin, begin + span), ylim=(0, 1), ylabel="score", yticks=(0, 0.5, 1))


def _legend(intervals: list[Interval], curve: Curve, scored: bool) -> list:
    """What there is to explain, and nothing else."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries = [Line2D([], [], color=MOVEMENT, label="movement, % of eye distance")]
    for kind, colour, dashes, alpha in (("micro", MICRO, "-", 0.3), ("macro", MACRO, "--", 0.18)):
        if any(interval.kind == kind for interval in intervals):
            entries.append(Patch(facecolor=colour, alpha=alpha, label=f"{kind}-expression"))
        if scored:
            entries.append(Line2D([], [], color=colour, linestyle=dashes, label=f"score, {kind}"))
    if scored:
        entries.append(Line2D([], [], color=INK, linestyle=":", label="score asked for"))
    if not curve.present.all():
        entries.append(Patch(facecolor="none", edgecolor=ABSENT, hatch="////", label="no face"))
    return entries


def _stretches(times: np.ndarray, wanted: np.ndarray):
    """First and last time of each run of true frames, half a frame wider on either side."""
    if not wanted.any():
        return
    half = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.02
    places = np.flatnonzero(wanted)
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        yield times[run[0]] - half, times[run[-1]] + half
