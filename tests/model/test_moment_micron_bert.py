import numpy as np
import pytest

from micron_bert.model.moment_micron_bert import find_moment


def face(course):
    """Movement between frames of a face whose displacement over time is `course`."""
    return lambda first, later: np.abs(course[np.asarray(later, int)] - course[first])


def rise_and_fall(times, onset, apex, offset, height=1.0):
    return height * np.interp(times, [onset, apex, offset], [0, 1, 0])


@pytest.mark.parametrize("fps", [25, 30, 60, 100, 200])
def test_onset_apex_offset_of_a_movement_in_the_middle(fps):
    times = np.arange(int(2 * fps)) / fps
    course = rise_and_fall(times, 0.8, 1.0, 1.25)
    moment = find_moment(times, face(course))
    assert times[moment.onset] == pytest.approx(0.8, abs=0.05 + 1 / fps)
    assert times[moment.apex] == pytest.approx(1.0, abs=1 / fps)
    assert times[moment.offset] == pytest.approx(1.125, abs=0.02 + 1 / fps)


def test_return_of_the_face_is_not_taken_for_an_onset():
    times = np.arange(60) / 30
    course = rise_and_fall(times, 0.5, 0.7, 0.8)  # falls faster than it rises
    moment = find_moment(times, face(course))
    assert moment.onset < moment.apex and times[moment.apex] == pytest.approx(0.7, abs=0.04)


def test_clip_that_begins_at_the_onset_and_ends_at_the_offset():
    times = np.arange(67) / 200
    course = rise_and_fall(times, 0.0, 0.15, 0.33)
    moment = find_moment(times, face(course))
    assert times[moment.onset] < 0.04 and times[moment.apex] == pytest.approx(0.15, abs=0.01)


def test_slow_movements_do_not_hide_a_fast_one():
    times = np.arange(120) / 30
    slow = 0.8 * np.sin(times / 4 * np.pi)  # as large, but over seconds
    course = slow + rise_and_fall(times, 2.0, 2.2, 2.4, 0.6)
    moment = find_moment(times, face(course))
    assert times[moment.apex] == pytest.approx(2.2, abs=0.07)


def test_rise_is_never_longer_than_half_a_second():
    times = np.arange(100) / 30
    moment = find_moment(times, face(times))
    assert times[moment.apex] - times[moment.onset] <= 0.5 + 1e-6


def test_a_face_that_stays_moved_for_a_second_has_no_offset():
    times = np.arange(90) / 30
    stays = np.interp(times, [0.5, 0.7, 2.0, 2.2], [0.0, 1.0, 1.0, 0.2])
    moment = find_moment(times, face(stays))
    assert times[moment.onset] == pytest.approx(0.5, abs=0.05) and moment.offset is None
    returns = np.interp(times, [0.5, 0.7, 1.2, 1.4], [0.0, 1.0, 1.0, 0.2])
    assert times[find_moment(times, face(returns)).offset] == pytest.approx(1.35, abs=0.05)


def test_two_frames_are_onset_and_apex():
    moment = find_moment(np.array([0.0, 0.1]), face(np.array([0.0, 1.0])))
    assert (moment.onset, moment.apex, moment.offset, moment.movement) == (0, 1, None, 1.0)


def test_half_a_second_is_allowed_however_it_is_rounded():
    assert 1.1 - 0.6 > 0.5
    moment = find_moment(np.array([0.6, 1.1]), face(np.array([0.0, 1.0])))
    assert (moment.onset, moment.apex) == (0, 1)


def test_one_frame_and_frames_too_far_apart_are_refused():
    with pytest.raises(ValueError, match="at least two frames, got 1"):
        find_moment(np.array([0.0]), face(np.zeros(1)))
    with pytest.raises(ValueError, match="within 0.5 s"):
        find_moment(np.array([0.0, 1.0]), face(np.zeros(2)))
