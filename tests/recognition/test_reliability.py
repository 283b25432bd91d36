import numpy as np
import pytest

from micron_bert.faces.alignment import EYE_CORNERS
from micron_bert.recognition.reliability import ReliabilityMeter


def landmarks(distance):
    points = np.zeros((468, 2), np.float32)
    points[list(EYE_CORNERS[1]), 0] = distance
    return points


def film_of(lips, distance=60.0, fps=30):
    meter = ReliabilityMeter()
    for number, opening in enumerate(lips):
        meter.see(landmarks(distance), opening, 0.97, number / fps)
    return meter


def test_talking_is_the_share_of_frames_around_which_lips_move():
    still, talking = np.zeros(300), 0.05 * (np.arange(300) // 5 % 2)
    assert film_of(still).read(30.0).talking_share == 0
    assert film_of(np.concatenate([still, talking])).read(30.0).talking_share == pytest.approx(0.5, abs=0.03)


def test_size_registration_and_frames_without_the_face():
    meter = film_of(np.zeros(30), distance=60.0)
    for _ in range(10):
        meter.miss()
    read = meter.read(30.0, 0.1)
    assert read.eye_distance == pytest.approx(60) and read.registration == pytest.approx(0.97)
    assert read.face_share == 0.75 and any("75%" in line for line in read.advice)


def test_a_face_too_small_to_see_its_lips_does_not_talk():
    talking = 0.05 * (np.arange(300) // 5 % 2)
    large, small = (film_of(talking, distance).read(30.0) for distance in (60.0, 14.0))
    assert any("talks" in line for line in large.advice) and not any("talks" in line for line in small.advice)


def test_a_face_that_was_left_out_is_told():
    one, two = (film_of(np.zeros(30)).read(30.0, faces=faces) for faces in (1, 2))
    assert one.advice == [] and one.to_json()["faces_at_once"] == 1
    assert two.advice == ["The film shows 2 faces at once; this is about one of them only."]


def test_nothing_seen_is_nothing_known_and_memory_stays():
    assert ReliabilityMeter().read(30.0) is None
    assert len(film_of(np.zeros(3000)).lips) <= 17
