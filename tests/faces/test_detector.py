import cv2
import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.faces.detector import FaceDetector, choose_face

EYES = np.array([[203.0, 102.0], [247.0, 104.0]])  # in the astronaut's picture, measured by hand


@pytest.fixture(scope="module")
def detector():
    return FaceDetector()


def test_the_face_and_its_eyes_are_found(detector, astronaut):
    (face,) = detector.detect(astronaut)
    left, top, right, bottom = face.box
    assert left < 205 < 247 < right and top < 102 < 150 < bottom
    assert face.score > 0.8
    assert np.abs(face.keypoints[:2] - EYES).max() < 6


@pytest.mark.parametrize("rows, columns", [(slice(0, 300), slice(0, 512)), (slice(0, 512), slice(100, 350))])
def test_a_face_lies_at_the_same_place_in_wide_and_tall_pictures(detector, astronaut, rows, columns):
    (whole,) = detector.detect(astronaut)
    (part,) = detector.detect(astronaut[rows, columns])
    assert np.abs(part.box + [columns.start, rows.start] * 2 - whole.box).max() < 6


def test_a_mirrored_picture_has_the_mirrored_face(detector, astronaut):
    (face,) = detector.detect(astronaut)
    (mirrored,) = detector.detect(np.ascontiguousarray(astronaut[:, ::-1]))
    assert np.abs((511 - mirrored.box[[2, 0]]) - face.box[[0, 2]]).max() < 4


def test_a_face_upside_down_lies_where_it_is(detector, astronaut):
    (face,) = detector.detect(astronaut)
    turned = max(detector.detect(np.ascontiguousarray(astronaut[::-1, ::-1])), key=lambda face: face.score)
    assert np.abs(511 - turned.box[[2, 3, 0, 1]] - face.box).max() < 4
    assert np.abs(511 - turned.keypoints[:2] - EYES).max() < 6


def test_a_face_that_fills_the_picture_is_found(detector, astronaut):
    faces = detector.detect(astronaut[75:182, 175:280])
    assert len(faces) == 1


def test_a_small_face_in_a_large_picture_is_found(detector, astronaut):
    picture = np.full((1200, 1600, 3), 110, np.uint8)
    picture[300:812, 900:1412] = astronaut
    best = max(detector.detect(picture), key=lambda face: face.score)
    assert np.abs(best.keypoints[:2] - EYES - (900, 300)).max() < 12


def test_a_picture_without_a_face_has_none(detector):
    assert detector.detect(np.full((240, 320, 3), 128, np.uint8)) == []


def test_of_two_faces_one_can_be_chosen(detector, astronaut):
    picture = np.full((300, 430, 3), 110, np.uint8)
    picture[:, :230] = astronaut[:300, 110:340]
    picture[20:245, 250:422] = cv2.resize(astronaut[:300, 110:340], (172, 225), interpolation=cv2.INTER_AREA)
    faces = detector.detect(picture)
    assert [face.side / faces[0].side for face in faces] == pytest.approx([1.0, 0.75], abs=0.1)
    assert choose_face(faces) is choose_face(faces, 0) is choose_face(faces, (100, 120)) is faces[0]
    assert choose_face(faces, 1) is choose_face(faces, (330, 110)) is faces[1]
    with pytest.raises(InputError, match="`2`.*2 face"):
        choose_face(faces, 2)
    with pytest.raises(InputError, match="`leftmost`"):
        choose_face(faces, "leftmost")
