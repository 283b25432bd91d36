"""The camera: frames count by the clock, and memory does not grow."""

import json

import numpy as np
import pytest

pytest.importorskip("gradio")

from micron_bert.demo.live import WINDOW, LiveSession  # noqa: E402


class Clock:
    def __init__(self, step):
        self.now, self.step = 1000.0, step

    def __call__(self):
        self.now += self.step
        return self.now


def test_frames_count_by_the_clock(analyst, film):
    session = LiveSession(analyst.spotter, Clock(1 / 15))
    values = [session.push(image) for image in film[1].frames[::2]]
    json.dumps(values[-1], allow_nan=False)
    assert session.rate() == pytest.approx(15) and values[-1]["note"].startswith("15 frames a second")
    times = values[-1]["times"]
    np.testing.assert_allclose(np.diff(times), 1 / 15, atol=2e-3)
    assert values[-1]["window"][1] == pytest.approx((len(values) - 1) / 15)
    assert max(value or 0 for value in values[-1]["movement"]) > 0.2


def test_old_points_go(analyst, film):
    session = LiveSession(analyst.spotter, Clock(2.0))
    for image in film[1].frames[:9]:
        value = session.push(image)
    assert value["times"] and value["times"][0] >= value["window"][1] - WINDOW and len(session.points) <= 6


def test_no_face_and_another_camera(analyst, film, blank):
    session = LiveSession(analyst.spotter, Clock(0.1))
    assert session.push(np.zeros((120, 160, 3), np.uint8))["note"].startswith("No face in the picture")
    assert "frames a second" in session.push(film[1].frames[0])["note"]
