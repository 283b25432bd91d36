import numpy as np
import pytest

from micron_bert.spotting.extents import EARLIEST, correct_extents, frames_within
from micron_bert.spotting.interval import LONGEST_MICRO, kind_of


def test_ends_go_where_they_are_wanted():
    extents = np.array([[1.0, 1.1, 1.25]])
    moved = correct_extents(extents, np.array([[-0.2, 0.4]]), "micro")
    assert np.allclose(moved, [[0.95, 1.1, 1.35]])
    assert np.array_equal(correct_extents(extents, np.zeros((1, 2)), "micro"), extents)


@pytest.mark.parametrize("kind", ["micro", "macro"])
def test_extents_stay_of_their_kind_and_around_their_apex(kind):
    rng = np.random.default_rng(0)
    onset = rng.uniform(0, 5, 500)
    length = rng.uniform(0.1, 0.5, 500) if kind == "micro" else rng.uniform(0.5, 3, 500)
    extents = np.stack([onset, onset + rng.uniform(0.1, 0.9, 500) * length, onset + length], axis=1)
    moved = correct_extents(extents, rng.normal(0, 0.6, (500, 2)), kind)
    assert (moved[:, 0] <= moved[:, 1] + 1e-9).all() and (moved[:, 1] <= moved[:, 2] + 1e-9).all()
    lengths = moved[:, 2] - moved[:, 0]
    if kind == "micro":
        assert (lengths <= LONGEST_MICRO + 1e-9).all()
    else:
        assert (lengths >= LONGEST_MICRO - 1e-9).all()
    untouched = lengths < LONGEST_MICRO - 1e-6 if kind == "micro" else lengths > LONGEST_MICRO + 1e-6
    assert (moved[untouched, 2] >= extents[untouched, 2] - EARLIEST - 1e-9).all(), "or they would be told too late"


@pytest.mark.parametrize("fps", [25, 30, 40])
def test_frames_of_an_extent_are_of_its_kind(fps):
    times = np.arange(4 * fps) / fps
    rng = np.random.default_rng(1)
    for _ in range(200):
        start = rng.uniform(0.2, 2)
        for kind, length in (("micro", rng.uniform(0.15, 0.5)), ("macro", rng.uniform(0.5, 1.5))):
            extent = np.array([start, start + rng.uniform(0.2, 0.8) * length, start + length])
            onset, offset = frames_within(times, extent, kind)
            assert kind_of(times[onset], times[offset]) == kind
            assert abs(times[onset] - start) < 2 / fps and abs(times[offset] - extent[2]) < 2 / fps
            assert times[onset] <= extent[1] + 1 / fps and times[offset] >= extent[1] - 1 / fps
