"""The camera: frames count by the clock, and memory does not grow."""

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("gradio")

from micron_bert.demo.live import WINDOW, LiveSession, gaps  # noqa: E402
from micron_bert.spotting import Interval  # noqa: E402


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
    assert session.rate() == pytest.approx(15) and values[-1]["note"] == "15 frames a second"
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
    assert session.push(np.zeros((120, 160, 3), np.uint8))["state"]["text"].startswith("No face in the picture")
    assert session.push(film[1].frames[0])["state"]["name"] == "warming up"


def test_state_of_the_stream(analyst, film):
    session = LiveSession(analyst.spotter, Clock(1 / 15))
    states = [session.push(image)["state"]["name"] for image in film[1].frames]
    assert states[0] == "warming up" and states[-1] == "resting"


def test_a_slow_stream_is_not_blamed_on_the_head(analyst, film):
    for step, name in ((1 / 5, "too few frames"), (1 / 15, "too much movement")):
        session = LiveSession(analyst.spotter, Clock(step))
        session.push(film[1].frames[0]), session.push(film[1].frames[1])
        session.points.extend([(0.1, 0.5), (0.2, float("nan"))])
        assert session.state(face=True) == name


def test_a_slow_stream_does_not_warm_up_for_ever(analyst, film):
    session = LiveSession(analyst.spotter, Clock(1 / 5))
    states = [session.push(film[1].frames[0])["state"]["name"] for _ in range(14)]
    assert states[0] == "warming up" and states[-1] == "too few frames"


def test_one_reading_does_not_change_the_state(analyst, film):
    session = LiveSession(analyst.spotter, Clock(1 / 15))
    session.push(film[1].frames[0]), session.push(film[1].frames[1])
    unread = [(1 + number / 15, float("nan")) for number in range(15)]
    session.points.extend([(0.5, 0.1), *unread, (2.0, 0.1)])
    assert session.state(face=True) == "too much movement"
    session.points.extend((2 + number / 15, 0.1) for number in range(1, 8))
    assert session.state(face=True) != "too much movement"


def test_gaps_are_told():
    times, movement = np.arange(0, 3, 0.1), np.ones(30)
    movement[10:18] = np.nan
    (gap,) = gaps(times, movement, 2.95)
    assert gap == {"start": pytest.approx(0.9), "end": pytest.approx(1.8)}
    assert gaps(times, np.full(30, np.nan), 3.0) == [] == gaps(times, np.ones(30), 3.0)
    # the newest frames, of which nothing is known any more
    assert gaps(times, np.ones(30), 5.0)[0]["start"] == pytest.approx(2.9)


def test_an_expression_comes_with_a_picture_of_it(analyst, film, monkeypatch):
    session = LiveSession(analyst.spotter, Clock(1 / 15))
    told = Interval(1, 3, 5, 0.07, 0.2, 0.33, "micro", 0.9, "mouth")
    push = session.live.push
    for number, image in enumerate(film[1].frames[:8]):
        if number == 7:
            monkeypatch.setattr(session.live, "push", lambda *args: replace(push(*args), interval_closed=[told]))
        value = session.push(image)
    assert value["events"][0]["text"].startswith("0.07 to 0.33 s: micro-expression")
    assert value["events"][0]["picture"].startswith("data:image/jpeg;base64,")
