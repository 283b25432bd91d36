import numpy as np

from micron_bert.spotting import Curve, Interval
from micron_bert.spotting.pictures import MACRO, MICRO, draw_curve


def test_curve_shows_intervals_and_gaps():
    times = np.arange(0, 150, 0.1)
    values = np.abs(np.sin(times))
    values[400:420] = np.nan
    present = np.isfinite(values)
    regions = dict.fromkeys(("brows", "eyes", "nose", "mouth", "cheeks"), values)
    curve = Curve(times, np.arange(len(times)), values, regions, present)
    intervals = [
        Interval(10, 12, 14, 1.0, 1.2, 1.4, "micro", 0.9, "mouth"),
        Interval(700, 710, 730, 70.0, 71.0, 73.0, "macro", 0.6, "brows"),
    ]
    picture = draw_curve(curve, intervals)
    rows = 3
    assert picture.shape[1] == 1500 and picture.shape[0] > rows * 150
    row = (picture.shape[0] - 40) // rows

    def shows(colour, part):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        return (np.abs(picture[40 + part * row : 40 + (part + 1) * row].astype(int) - wanted).max(axis=-1) < 3).any()

    assert shows(MICRO, 0) and not shows(MICRO, 1)
    assert shows(MACRO, 1) and not shows(MACRO, 2)
