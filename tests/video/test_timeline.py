from fractions import Fraction

import pytest

from micron_bert.video.timeline import Gaps, Timeline


def test_times_that_repeat_are_told():
    timeline = Timeline(Fraction(0), 0.04)
    times = [timeline.tell(stamp, Fraction(1, 1000)) for stamp in (0, 40, 40, 80, 70, 120)]
    assert times == pytest.approx([0, 0.04, 0.041, 0.08, 0.081, 0.12])
    assert "2 frame(s)" in timeline.describe()


def test_a_film_behind_another_goes_on():
    timeline = Timeline(Fraction(1), 0.04)
    times = [timeline.tell(stamp, Fraction(1, 1)) for stamp in (1, 2, 3, 1, 2)]
    assert times == pytest.approx([0, 1, 2, 2.04, 3.04])
    assert "falls back once" in timeline.describe()


def test_frames_without_a_stamp_follow_evenly():
    timeline = Timeline(Fraction(0), 0.04)
    assert [timeline.tell(None, Fraction(1, 25)) for _ in range(3)] == pytest.approx([0, 0.04, 0.08])
    assert timeline.describe() is None


def gaps_of(times, step=0.04):
    gaps = Gaps(step)
    for time in times:
        gaps.see(time)
    return gaps.describe()


def test_gaps_of_an_even_film_are_told_and_the_steps_of_an_uneven_one_are_not():
    even = [number / 25 for number in range(50)]
    assert gaps_of(even) is None
    assert gaps_of(even[:20] + even[25:]) == "has no picture between 0.76 s and 1.00 s"
    assert gaps_of(even[:20] + even[25:30] + even[40:]).endswith(", nor in 1 other place")
    assert gaps_of([time**2 for time in even]) is None
