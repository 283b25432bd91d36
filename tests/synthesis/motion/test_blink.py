import numpy as np
import pytest

from micron_bert.synthesis.motion.blink import Blink
from micron_bert.synthesis.motion.displacement import pixel_grid
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.portraits import working_landmarks


@pytest.fixture(scope="module")
def regions(portrait):
    return FaceRegions(working_landmarks(portrait), (112, 112))


@pytest.mark.parametrize("closure", [0.2, 0.6, 1.0])
def test_blinks_invert_and_keep_the_order(regions, closure):
    blink, grid = Blink(regions, closure), pixel_grid(112, 112)
    there = blink.forward(grid)
    np.testing.assert_allclose(blink.backward(there), grid, atol=2e-2)
    assert np.diff(there[1], axis=0).min() > -1e-4
    eye = np.round(regions.landmarks[159]).astype(int)
    assert there[1, eye[1], eye[0]] > eye[1]
