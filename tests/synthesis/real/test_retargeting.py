from dataclasses import replace

import numpy as np
import pytest

from micron_bert.synthesis.portraits import Portrait, working_landmarks
from micron_bert.synthesis.real.course import measure_course
from micron_bert.synthesis.real.retargeting import Mask, carry_over, corresponding


@pytest.fixture(scope="module")
def course(film):
    return measure_course(film)


@pytest.fixture(scope="module")
def other(portrait):
    """Somebody with the astronaut's face in a mirror."""
    landmarks = portrait.landmarks.copy()
    landmarks[:, 0] = 223 - landmarks[:, 0]
    return Portrait("mirrored", np.ascontiguousarray(portrait.image[:, ::-1]), landmarks)


def test_a_face_corresponds_to_itself(portrait):
    landmarks = working_landmarks(portrait)
    there = corresponding(landmarks, landmarks, 112)
    y, x = np.mgrid[40:90, 30:80]
    assert np.abs(there[:, 40:90, 30:80] - (x, y)).max() < 0.01


def test_a_mirrored_face_moves_in_the_mirror(portrait, other, course):
    own, mirrored = Mask(portrait, course), Mask(other, course)
    difference = own.field(24)[1] - mirrored.field(24)[1][:, ::-1]
    assert np.abs(difference[70:100, 35:77]).mean() < 0.25 * np.abs(own.field(24)[1, 70:100, 35:77]).mean() + 0.05


def test_a_film_of_somebody_else_shows_the_chin_drop(course, other, rng):
    made = carry_over(course, other, rng)
    assert made.frames.shape == (25, 112, 112, 3) and made.subject == "mirrored"
    change = np.abs(made.frames[24].astype(float) - made.frames[0]).mean(axis=2)
    assert change[85:105, 40:72].mean() > 1.5 * change[15:35, 40:72].mean()


def test_lids_come_down_where_they_came_down_in_the_film(course, portrait):
    openness = course.openness.copy()
    openness[5] = 0.1
    mask = Mask(portrait, replace(course, openness=openness))
    assert mask.closure(5) > 0.8 and mask.closure(0) < 0.1
    assert (mask.look(5) != mask.look(4)).any()
