from collections import deque

import numpy as np
import pytest

from micron_bert.spotting.candidates import LEAST_MOVEMENT, MICRO_SCALES, find_candidates
from micron_bert.spotting.course import Course, Moment, join
from micron_bert.spotting.features import FEATURES, describe_candidate
from micron_bert.spotting.movement import Pairs, View
from micron_bert.spotting.track import AlignedFace

GRID = 7
WEIGHTS = np.zeros((5, GRID, GRID), np.float32)
for region, row in enumerate((0, 1, 3, 5, 4)):
    WEIGHTS[region, row] = 1 / GRID


def moments_of(positions, times):
    """Moments of a face whose every patch is at `positions` `(T,)`, measured by pairs 3, 7 and 12 frames apart."""
    kept = deque()
    for place, time in enumerate(times):
        earlier = [place - lag for lag in (3, 7, 12) if place >= lag]
        fields = np.zeros((len(earlier), 4, GRID, GRID), np.float32)
        for field, start in zip(fields, earlier, strict=True):
            field[:] = positions[place] - positions[start]
        pairs = Pairs(earlier, [time - times[start] for start in earlier], fields, np.ones((GRID, GRID)))
        landmarks = np.random.default_rng(0).uniform(0, 100, (468, 2))
        face = AlignedFace(place, time, place, None, np.eye(2, 3), landmarks, 1, 1.0, 1.0)
        kept.append(join(kept, face, pairs))
    return list(kept)


def bump(times, onset, apex, offset, height):
    up, down = (times - onset) / (apex - onset), (offset - times) / (offset - apex)
    return height * np.clip(np.minimum(up, down), 0, 1)


def test_course_is_what_the_pairs_were_taken_from():
    times = np.arange(60) / 30
    truth = bump(times, 1.0, 1.2, 1.45, 0.7)
    course = Course(moments_of(truth, times), WEIGHTS)
    along = course.position[:, 0, 3, 3]
    assert np.allclose(along - along[25], truth - truth[25], atol=1e-5)
    assert course.misfit[20:].max() < 1e-5


@pytest.mark.parametrize("fps", [25, 30, 50])
def test_movement_that_goes_and_comes_back_is_a_candidate(fps):
    times = np.arange(round(1.9 * fps)) / fps
    course = Course(moments_of(bump(times, 0.7, 0.9, 1.15, 0.5), times), WEIGHTS)
    found = find_candidates(course, 0.0, MICRO_SCALES)
    best = max(
        (min(times[c.offset], 1.15) - max(times[c.onset], 0.7))
        / (max(times[c.offset], 1.15) - min(times[c.onset], 0.7))
        for c in found
    )
    assert best > 0.75
    assert min(abs(times[c.apex] - 0.9) for c in found) < 1.5 / fps


def test_movement_that_stays_or_is_too_small_is_none():
    times = np.arange(57) / 30
    step = np.clip((times - 0.9) / 0.2, 0, 1)
    staying = Course(moments_of(step, times), WEIGHTS)
    small = Course(moments_of(bump(times, 0.7, 0.9, 1.1, 0.6 * LEAST_MOVEMENT), times), WEIGHTS)
    assert not find_candidates(small, 0.0, MICRO_SCALES)
    loud = Course(moments_of(bump(times, 0.7, 0.9, 1.1, 0.2), times), WEIGHTS)
    assert find_candidates(loud, 0.02, MICRO_SCALES)
    assert not find_candidates(loud, 1.0, MICRO_SCALES), "relative to what is usual in the film"
    for candidate in find_candidates(staying, 0.0, MICRO_SCALES):
        described = dict(zip(FEATURES, describe_candidate(staying, candidate, (None, None), 0.02, None), strict=True))
        assert described["return"] > 0.5


def test_features_tell_a_peak_from_one_amid_others():
    times = np.arange(57) / 30
    lonely = bump(times, 0.8, 0.95, 1.15, 0.5)
    crowded = lonely + bump(times, 0.4, 0.5, 0.7, 0.5) + bump(times, 1.25, 1.35, 1.5, 0.5)
    described = []
    for truth in (lonely, crowded):
        course = Course(moments_of(truth, times), WEIGHTS)
        found = [c for c in find_candidates(course, 0.0, MICRO_SCALES) if abs(times[c.apex] - 0.95) < 0.05]
        view = View(np.array([0.1, 0.2, 0.3, 0.4]), course.position[found[0].apex] - course.position[found[0].onset])
        rows = [describe_candidate(course, c, (view, view), 0.02, 3) for c in found]
        described.append(dict(zip(FEATURES, rows[0], strict=True)))
    assert all(np.isfinite(list(row.values())).all() for row in described)
    assert described[0]["before"] < 0.1 < described[1]["before"]
    assert described[0]["none"] == 0.4 and described[0]["surest"] == 0.3
    assert described[0]["agree"] == pytest.approx(1, abs=1e-4) and described[0]["left_over"] < -10


def test_moments_hold_no_pictures():
    (moment,) = moments_of(np.zeros(1), np.zeros(1))
    assert isinstance(moment, Moment) and moment.position.nbytes < 10_000
