"""The curve is readable: what was found, why, and where nothing is known."""

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from micron_bert.pictures.figure import COLUMN, DPI, SMALL, to_bytes
from micron_bert.spotting import Curve, Interval
from micron_bert.spotting.curve_plot import draw_curve


@pytest.fixture(scope="module")
def long_curve():
    times = np.arange(0, 150, 0.1)
    values = np.abs(np.sin(times))
    values[400:420] = np.nan
    regions = dict.fromkeys(("brows", "eyes", "nose", "mouth", "cheeks"), values)
    judged = np.stack([times, 0.5 + 0.4 * np.sin(times), 0.1 + 0 * times], axis=1)
    curve = Curve(times, np.arange(len(times)), values, regions, np.isfinite(values), judged)
    micro = Interval(10, 12, 14, 1.0, 1.2, 1.4, "micro", 0.9, "mouth")
    macro = Interval(700, 710, 730, 70.0, 71.0, 73.0, "macro", 0.6, "brows")
    return draw_curve(curve, [micro, macro], {"micro": 0.7, "macro": 0.6})


def test_curve_shows_intervals_gaps_and_the_score(long_curve):
    panels = long_curve.axes
    assert [panel.get_ylabel() for panel in panels] == 5 * ["movement, %", "score"]
    shaded = [[p.get_x() for p in panel.patches] for panel in panels[::2]]
    assert shaded[0][-1] == 1.0 and shaded[2][-1] == 70.0 and not shaded[3]
    marks = [line for panel in panels for line in panel.lines if line.get_marker() == "v"]
    assert [float(mark.get_xdata()[0]) for mark in marks] == [1.2, 71.0]
    # the line of the movement breaks off where nothing is known
    (line,) = [line for line in panels[0].lines if len(line.get_xdata()) > 10]
    assert np.isnan(line.get_ydata()[401:419]).all()
    asked = {round(float(line.get_ydata()[0]), 2) for line in panels[1].lines if line.get_linestyle() == ":"}
    assert asked == {0.7, 0.6}
    assert panels[0].get_ylim() == panels[2].get_ylim() and panels[0].get_xlim() == (0, 30)


def test_curve_can_be_printed(long_curve):
    told = [text for text in long_curve.findobj(Text) if text.get_text()]
    assert min(text.get_fontsize() for text in told) >= SMALL >= 7
    picture = np.asarray(Image.open(io.BytesIO(to_bytes(long_curve, "png"))).convert("L"))
    assert picture.shape[1] == round(COLUMN * DPI)
    # nothing is cut off
    assert (picture[:, :4] > 250).all() and (picture[:, -4:] > 250).all() and (picture[:4] > 250).all()


def curve_of(seconds, fps, start=0.0):
    """A film in which a face blinks, is away and smiles."""
    times = start + np.arange(round(seconds * fps) + 1) / fps
    values = np.abs(np.sin(times)) * 3
    values[len(values) // 2 : len(values) // 2 + len(values) // 10] = np.nan
    judged = np.stack([times, 0.5 + 0.4 * np.sin(times), 0.1 + 0 * times], axis=1)
    kinds = [
        Interval(
            0,
            1,
            2,
            start + at * seconds,
            start + (at + 0.01) * seconds,
            start + (at + 0.02) * seconds,
            kind,
            0.9,
            "mouth",
        )
        for at, kind in ((0.2, "micro"), (0.98, "macro"))
    ]
    return Curve(times, np.arange(len(times)), values, {}, np.isfinite(values), judged), kinds


@pytest.mark.parametrize(("seconds", "fps", "start"), [(1, 30, 0), (1, 200, 3599), (45, 25, 3600), (600, 200, 0)])
def test_every_length_and_rate_can_be_read(seconds, fps, start, monkeypatch):
    """Text is large enough, stands apart from other text, and inside the figure."""
    drawn, draw = [], Text.draw

    def kept(text, renderer):
        draw(text, renderer)
        if text.get_text() and text.get_visible():
            drawn.append((text.get_text(), text.get_fontsize(), text.get_window_extent(renderer)))

    figure = draw_curve(*curve_of(seconds, fps, start), {"micro": 0.7, "macro": 0.6})
    monkeypatch.setattr(Text, "draw", kept)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    assert len(drawn) > 10
    for number, (text, size, box) in enumerate(drawn):
        assert size >= 7
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height, text
        for other, _, place in drawn[number + 1 :]:
            assert not box.shrunk(0.9, 0.6).overlaps(place.shrunk(0.9, 0.6)), (text, other)
