"""What the browser draws: plain JSON, with pictures inside."""

import base64
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("gradio")

from micron_bert.demo.answer import _units  # noqa: E402
from micron_bert.demo.archive import files_of  # noqa: E402
from micron_bert.demo.views import describe, movement_of, pair_of  # noqa: E402
from micron_bert.model.unit_reading_micron_bert import UnitReading  # noqa: E402
from micron_bert.spotting import Interval  # noqa: E402


def picture(uri):
    head, content = uri.split(",", 1)
    assert head in ("data:image/jpeg;base64", "data:image/png;base64")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


def test_movement(analysis):
    value = movement_of(analysis)
    json.dumps(value, allow_nan=False)
    count = len(analysis.curve.times)
    assert all(len(value[name]) == count for name in ("times", "movement", "indices", "pictures"))
    assert set(value["pictures"]) <= set(value["frames"]) and picture(value["frames"]["0"]).shape == (240, 240, 3)
    assert value["indices"][value["shown"]] == analysis.recognition.apex


def test_pair_is_shown_clean_magnified_and_with_its_movement(analysis):
    value = pair_of(analysis)
    json.dumps(value, allow_nan=False)
    onset, apex, magnified, movement = (
        picture(value[name]).astype(float) for name in ("onset", "apex", "magnified", "movement")
    )
    assert onset.shape == apex.shape == magnified.shape == movement.shape
    # what is magnified differs from the onset more than the apex does, and in the same places
    moved, more = np.abs(apex - onset).mean(-1), np.abs(magnified - onset).mean(-1)
    assert more.mean() > 1.3 * moved.mean() and 1 < float(value["factor"]) <= 5
    assert "onset: frame" in value["titles"][0] and len(value["ramp"]) == 9 and value["ticks"][-1] == "2"


def test_action_units_are_shown_where_the_model_tells_them(analysis):
    smile = UnitReading("12", "both", 0.9, 0.5, True)
    frown = UnitReading("4", "both", 0.2, 0.1, False)
    told, quiet, never = (
        replace(analysis, recognition=replace(analysis.recognition, action_units=units))
        for units in ((smile, frown), (frown,), None)
    )
    units = pair_of(told)["units"]
    assert picture(units["picture"]).shape == (336, 336, 3)
    assert units["names"] == [{"colour": "#e69f00", "name": "AU12 lip corner puller, both, .90"}]
    assert _units(told.recognition).startswith("Action units: AU12")
    assert pair_of(quiet)["units"] is None and _units(quiet.recognition) == "No action unit is claimed."
    assert pair_of(never)["units"] is None and _units(never.recognition) == ""
    assert ["action_units.png" in files_of(one) for one in (told, quiet, never)] == [True, True, False]


def test_expression_in_words():
    interval = Interval(12, 15, 20, 0.4, 0.5, 0.67, "micro", 0.93, "mouth", 0, "positive", {"positive": 0.8})
    assert describe(interval) == (
        "0.40 to 0.67 s: micro-expression, most at the mouth, closely resembles positive (confidence 0.93)"
    )
