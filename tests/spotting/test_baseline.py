import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.spotting import Spotter
from micron_bert.spotting.baseline import Baseline
from micron_bert.spotting.interval import Interval
from micron_bert.video import write_video
from tests.spotting.conftest import FPS


def interval(kind, confidence):
    return Interval(0, 1, 2, 0.0, 0.1, 0.2, kind, confidence, "mouth")


def test_only_what_is_surer_than_rest_is_asked_for():
    told = [interval("micro", 0.3), interval("micro", 0.6), interval("macro", 0.1)]
    baseline = Baseline.of((0.0, 3.0), 3.0, [np.nan, *np.linspace(0, 1, 101)], told)
    assert baseline.movement == pytest.approx(0.95) and baseline.seconds == 3.0
    assert baseline.required({"micro": 0.5, "macro": 0.4}) == {"micro": 0.6, "macro": 0.4}
    assert Baseline.of((0.0, 3.0), 3.0, [0.1, 0.1], []).required({"micro": 0.5}) == {"micro": 0.5}


def test_a_face_that_is_hardly_seen_has_no_baseline():
    with pytest.raises(InputError, match=r"0\.4 s of the neutral stretch; give one of at least 1 s"):
        Baseline.of((0.0, 3.0), 0.4, [0.1] * 10, [])


def test_nothing_is_told_of_the_resting_seconds_of_a_stream(film, watch_frames):
    (event,) = film[0].events
    times = np.arange(len(film[1])) / FPS
    _, told = watch_frames(film[1], times)
    at = [one for one in told if one.onset < event.apex < one.offset]
    assert at, "without resting seconds it is told"
    _, rested = watch_frames(film[1], times, rest=event.offset / FPS + 0.5)
    assert not [one for one in rested if one.onset < event.apex < one.offset]
    assert all(one.confidence >= at[0].confidence for one in rested)
    _, early = watch_frames(film[1], times, rest=max(event.onset / FPS - 0.4, 0.0))
    assert [one for one in early if one.onset < event.apex < one.offset] or event.onset / FPS < 1.4


def test_a_films_neutral_stretch_raises_what_is_asked_for(film, recognizer, tmp_path):
    (event,) = film[0].events
    path = write_video(tmp_path / "film.mp4", film[1], FPS)
    spotter = Spotter(recognizer, 0.0)
    plain = spotter.spot(path)
    end = len(film[1]) / FPS
    spotted = spotter.spot(path, neutral=(0.0, end))
    assert plain.intervals and plain.baseline is None and not spotted.intervals
    assert spotted.thresholds["micro"] >= max(one.confidence for one in plain.intervals if one.kind == "micro")
    assert spotted.detection.baseline.movement > 0 and spotted.detection.detected == "no"
    assert spotted.strongest is None, "all of the film is said to be neutral"
    for start, stop in ((2.0, 1.0), (-1.0, 2.0)):
        with pytest.raises(InputError, match="must end after it begins"):
            spotter.spot(path, neutral=(start, stop))
    with pytest.raises(InputError, match="one person's"):
        spotter.spot(path, neutral=(0.0, 2.0), face="all")
