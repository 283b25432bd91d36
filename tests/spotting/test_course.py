import numpy as np
import pytest

from micron_bert.spotting.course import join, position_of
from micron_bert.spotting.movement import LAGS, Pairs
from micron_bert.spotting.track import AlignedFace

GRID = 7


def pairs_of(place, positions, times, lags=(3, 7, 12)):
    earlier = [place - lag for lag in lags if place >= lag]
    fields = np.zeros((len(earlier), 4, GRID, GRID), np.float32)
    for field, start in zip(fields, earlier, strict=True):
        field[:] = positions[place] - positions[start]
    still = np.zeros((GRID, GRID), np.float32)
    return Pairs(
        earlier,
        [times[place] - times[start] for start in earlier],
        fields,
        still + 1,
        still,
        np.zeros((len(LAGS), 4), np.float32),
    )


def test_course_is_what_the_pairs_were_taken_from():
    times = np.arange(60) / 30
    truth = 0.7 * np.clip(np.minimum((times - 1) / 0.2, (1.45 - times) / 0.25), 0, 1)
    landmarks = np.random.default_rng(0).uniform(0, 100, (468, 2))
    moments = []
    for place, time in enumerate(times):
        face = AlignedFace(place, time, place, None, np.eye(2, 3), landmarks, 1, 1.0, 1.0)
        moments.append(join(moments, face, pairs_of(place, truth, times)))
    along = np.array([moment.position[0, 3, 3] for moment in moments])
    assert np.allclose(along - along[25], truth - truth[25], atol=1e-5)
    assert max(moment.misfit for moment in moments[20:]) < 1e-5


def test_frame_without_a_pair_stays_where_the_face_was():
    truth, times = np.linspace(0, 1, 20), np.arange(20) / 30
    here = np.full((4, GRID, GRID), 0.4, np.float32)
    position, misfit = position_of({3: here - 1, 4: here}, pairs_of(5, truth, times, lags=()))
    assert np.array_equal(position, here) and misfit == 0
    position, _ = position_of({}, pairs_of(0, truth, times))
    assert not position.any()


def test_pairs_that_disagree_say_so():
    pairs = pairs_of(12, np.zeros(20), np.arange(20) / 30)
    pairs.fields[0] += 0.3
    known = {place: np.zeros((4, GRID, GRID), np.float32) for place in pairs.places}
    position, misfit = position_of(known, pairs)
    assert position == pytest.approx(0.1) and misfit == pytest.approx(0.3 * np.sqrt(2) / 3)
