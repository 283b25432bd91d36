import numpy as np
import pytest

from micron_bert.synthesis.motion.distractors import gaze_field, turn_field
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.portraits import working_landmarks


@pytest.fixture(scope="module")
def regions(portrait):
    return FaceRegions(working_landmarks(portrait), (112, 112))


def test_turning_to_the_side_moves_the_nose_against_the_cheeks(regions):
    yaw, pitch = turn_field(regions, 1.0, 0.0)
    nose, temple = np.round(regions.landmarks[[4, 127]]).astype(int)
    assert not pitch.any()
    # sin(1 degree) times .35 IOD
    assert yaw[nose[1], nose[0]] - yaw[temple[1], max(temple[0], 0)] == pytest.approx(
        np.deg2rad(1) * 0.35 * regions.iod, rel=0.15
    )


def test_gaze_moves_the_eyeballs_only(regions):
    field = gaze_field(regions, np.array([1.0, 0.0]))
    eye = np.round((regions.landmarks[159] + regions.landmarks[145]) / 2).astype(int)
    assert field[0, eye[1], eye[0]] > 0.6
    assert (field[0] > 0.01).mean() < 0.06
    assert not field[1].any()
