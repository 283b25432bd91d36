import numpy as np
import pytest

from micron_bert.synthesis.motion.time_course import (
    DURATIONS,
    LAG,
    BlinkCourse,
    Drift,
    HeldCourse,
    TimeCourse,
    draw_time_course,
)


def test_intensity_rises_and_falls_once():
    course = TimeCourse(0.2, 0.35, 0.6, 1.2, 0.8)
    times = np.linspace(0, 0.8, 400)
    intensity = course.intensity(times)
    assert intensity[times <= 0.2].max() == 0 and intensity[times >= 0.6].max() == 0
    assert course.intensity(np.array([0.35])) == pytest.approx(1)
    assert (np.diff(intensity[(times > 0.2) & (times < 0.35)]) > 0).all()
    assert (np.diff(intensity[(times > 0.35) & (times < 0.6)]) < 0).all()


def test_durations_have_the_medians_of_the_sheets(rng):
    drawn = [draw_time_course(rng, 1.0) for _ in range(3000)]
    rises = 1000 * np.array([course.apex - course.onset for course in drawn])
    wholes = 1000 * np.array([course.offset - course.onset for course in drawn])
    assert np.median(rises) == pytest.approx(np.mean([sheet[0][2] for sheet in DURATIONS.values()]), rel=0.07)
    assert np.median(wholes) == pytest.approx(np.mean([sheet[1][2] for sheet in DURATIONS.values()]), rel=0.08)
    assert wholes.max() <= 520 and (wholes - rises).min() > 50


def test_drift_changes_by_its_size_within_the_lag(rng):
    changes = []
    for _ in range(300):
        drift = Drift.draw(rng, 0.3)
        times = rng.uniform(0, 20, 50)
        changes.append(drift.at(times + LAG) - drift.at(times))
    assert np.sqrt(np.mean(np.square(changes))) == pytest.approx(0.3, rel=0.1)


def test_blinks_close_faster_than_they_open(rng):
    for _ in range(20):
        blink = BlinkCourse.draw(rng, 0.5)
        assert 0.15 < blink.end - blink.start < 0.45
        assert blink.closing < blink.opening
        assert blink.closure(np.array([0.5, blink.end])).max() == 0
        assert blink.closure(np.array([0.5 + blink.closing])) == pytest.approx(blink.depth)


def test_a_held_expression_stays_and_goes():
    course = HeldCourse(1.0, 1.4, 2.0, 2.5)
    times = np.linspace(0.5, 3, 251)
    intensity = course.intensity(times)
    assert intensity[(times <= 1) | (times >= 2.5)].max() == 0
    np.testing.assert_allclose(intensity[(times >= 1.4) & (times <= 2.0)], 1)
    assert (np.diff(intensity[(times > 1) & (times < 1.4)]) > 0).all()


@pytest.mark.parametrize("course", [HeldCourse(0.0, 0.4, 1.0, 1.5), TimeCourse(0.0, 0.15, 0.4, 0.8, 1.2)])
def test_a_later_course_is_the_same_one_shifted(course):
    times = np.linspace(0, 2, 101)
    later = course.later(3.0)
    assert (later.onset, later.offset) == (3.0, course.offset + 3.0)
    np.testing.assert_allclose(later.intensity(times + 3.0), course.intensity(times), atol=1e-9)
