import cv2
import numpy as np
import pytest

from micron_bert.errors import NoFaceError
from micron_bert.faces.alignment import eye_centres
from micron_bert.faces.detector import Face, FaceDetector
from micron_bert.faces.mesh import FaceMesh

# right against left corner of the eyes, of the brows and of the mouth; tip of the nose; chin
MIRRORED = {33: 263, 133: 362, 70: 300, 107: 336, 61: 291, 4: 4, 152: 152}


@pytest.fixture(scope="module")
def networks():
    return FaceDetector(), FaceMesh()


def landmarks_of(networks, image):
    detector, mesh = networks
    return mesh.landmarks(image, detector.detect(image)[0])


def test_landmarks_lie_on_the_face(networks, astronaut):
    landmarks = landmarks_of(networks, astronaut)
    assert landmarks.shape == (468, 2) and landmarks.dtype == np.float32
    # places measured by hand: eye centres, corners of the mouth
    assert np.abs(eye_centres(landmarks) - [[203, 102], [247, 104]]).max() < 3
    assert np.abs(landmarks[[61, 291]] - [[201, 139], [246, 142]]).max() < 3


def test_a_mirrored_picture_has_mirrored_landmarks(networks, astronaut):
    landmarks = landmarks_of(networks, astronaut)
    mirrored = landmarks_of(networks, np.ascontiguousarray(astronaut[:, ::-1]))
    mirrored[:, 0] = 511 - mirrored[:, 0]
    distance = np.linalg.norm(landmarks[list(MIRRORED)] - mirrored[list(MIRRORED.values())], axis=1)
    assert distance.mean() < 0.03 * 44  # of the eye distance


def test_landmarks_grow_with_the_picture(networks, astronaut):
    landmarks = landmarks_of(networks, astronaut)
    double = landmarks_of(networks, cv2.resize(astronaut, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    assert np.abs((double + 0.5) / 2 - 0.5 - landmarks).mean() < 0.01 * 44


def test_landmarks_turn_with_the_picture(networks, astronaut):
    turn = cv2.getRotationMatrix2D((225, 125), 25, 1.0)
    landmarks = landmarks_of(networks, astronaut) @ turn[:, :2].T + turn[:, 2]
    turned = landmarks_of(networks, cv2.warpAffine(astronaut, turn, (512, 512), flags=cv2.INTER_CUBIC))
    assert np.abs(turned - landmarks).mean() < 0.02 * 44


def test_landmarks_of_the_frame_before_are_enough(networks, astronaut):
    landmarks = landmarks_of(networks, astronaut)
    fit = networks[1].fit(np.roll(astronaut, 3, axis=1), landmarks)
    assert fit.presence > 0.99
    assert np.abs(fit.landmarks - landmarks - (3, 0)).mean() < 0.01 * 44


def test_a_place_without_a_face_has_no_landmarks(networks, astronaut):
    nowhere = Face(np.array([20.0, 380.0, 120.0, 480.0]), 0.9, np.array([[50.0, 420.0], [90.0, 420.0]] * 3))
    with pytest.raises(NoFaceError, match=r"\[20, 380, 120, 480\]"):
        networks[1].landmarks(astronaut, nowhere)
