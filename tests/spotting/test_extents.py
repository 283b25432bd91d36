import numpy as np
import pytest

from micron_bert.labels.durations import LONGEST_MICRO
from micron_bert.spotting.extents import frames_within, of_kind
from micron_bert.spotting.interval import kind_of


def test_extents_that_fit_stay():
    assert of_kind(1.0, 1.2, 1.4, "micro") == pytest.approx((1.0, 1.2, 1.4))
    assert of_kind(1.0, 1.2, 2.4, "macro") == pytest.approx((1.0, 1.2, 2.4))


@pytest.mark.parametrize("kind", ["micro", "macro"])
def test_extents_become_of_their_kind_around_their_apex(kind):
    rng = np.random.default_rng(0)
    for _ in range(300):
        apex = rng.uniform(1, 5)
        extent = (apex - rng.uniform(-0.1, 1.5), apex, apex + rng.uniform(-0.1, 1.5))
        onset, middle, offset = of_kind(*extent, kind)
        assert onset < middle == apex < offset
        length = offset - onset
        assert length <= LONGEST_MICRO + 1e-9 if kind == "micro" else length >= LONGEST_MICRO - 1e-9


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
