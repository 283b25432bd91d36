import cv2
import numpy as np

from micron_bert.faces.alignment import canonical_eyes, eye_centres, transform_points
from micron_bert.faces.tracker import RIGID, CropPath, FaceTracker


def test_a_moving_face_is_followed(astronaut):
    tracker = FaceTracker()
    first = tracker.locate(astronaut)
    for shift in (4, 8, 14, 30):
        landmarks = tracker.locate(np.roll(astronaut, shift, axis=1))
        assert np.abs(landmarks - first - (shift, 0)).mean() < 0.01 * 44


def test_a_face_upside_down_is_found_as_it_is(astronaut):
    """Its landmarks are those of the upright picture, turned: the eyes are not taken for the mouth."""
    upright = FaceTracker().locate(astronaut)
    turned = FaceTracker().locate(np.ascontiguousarray(astronaut[::-1, ::-1]))
    height, width = astronaut.shape[:2]
    assert np.abs((width - 1, height - 1) - turned - upright).mean() < 0.02 * 44


def test_a_lost_face_is_found_again(astronaut):
    tracker = FaceTracker()
    first = tracker.locate(astronaut)
    assert tracker.locate(np.zeros_like(astronaut)) is None
    assert np.abs(tracker.locate(np.roll(astronaut, 60, axis=1)) - first - (60, 0)).mean() < 0.02 * 44


def test_the_face_chosen_first_is_kept_when_a_larger_one_comes_back(astronaut):
    both = np.full((300, 430, 3), 110, np.uint8)
    both[:, :230] = astronaut[:300, 110:340]
    both[20:245, 250:422] = cv2.resize(astronaut[:300, 110:340], (172, 225), interpolation=cv2.INTER_AREA)
    tracker = FaceTracker(face=1)
    small = tracker.locate(both)
    assert small[:, 0].min() > 250
    assert tracker.locate(np.zeros_like(both)) is None
    assert np.abs(tracker.locate(both) - small).mean() < 0.02 * 33


def test_the_crop_follows_rigid_landmarks_only(astronaut):
    path = CropPath(112)
    landmarks = FaceTracker().locate(astronaut)
    first = path.add(landmarks)
    assert np.abs(eye_centres(transform_points(first, landmarks)) - canonical_eyes(112)).max() < 1e-4
    speaking = landmarks + np.where(np.isin(np.arange(468), RIGID), 0, 3)[:, None]
    assert np.abs(path.add(speaking) - first).max() < 1e-4
    moved = path.add(landmarks + (5, -2))
    assert np.abs(transform_points(moved, landmarks + (5, -2)) - transform_points(first, landmarks)).max() < 1e-3
