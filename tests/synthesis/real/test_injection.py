import cv2
import numpy as np
import pytest

from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.synthesis.films.expressions import Expression
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.time_course import TimeCourse
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.real.injection import displacements, inject, inject_into_picture


@pytest.fixture
def smile():
    return Expression("micro", "happiness", (UnitActivation(12),), (), 2.0, TimeCourse(0.1, 0.25, 0.4), 3)


def test_a_film_is_itself_before_and_after_an_expression(film, smile):
    changed = inject(film, [smile])
    outside = (film.times <= 0.1) | (film.times >= 0.4)
    assert np.array_equal(changed.frames[outside], film.frames[outside])
    assert (changed.frames[6] != film.frames[6]).mean() > 0.01  # the apex


def test_the_expression_is_as_large_as_stated_and_largest_at_its_apex(film, smile):
    moved = displacements(film.landmarks, film.times, [smile], 112, Habits())
    length = np.linalg.norm(moved, axis=1).max(axis=(1, 2)) / (EYE_DISTANCE * 112) * 100
    assert abs(film.times[length.argmax()] - 0.25) <= 0.02
    assert length.max() == pytest.approx(2.0, rel=0.1)


def test_the_same_expression_is_the_same_bits(film, smile):
    assert np.array_equal(inject(film, [smile]).frames, inject(film, [smile]).frames)


def test_compression_leaves_the_picture_and_changes_its_pixels(film, smile):
    good, poor = (inject(film, [smile], rate_factor=factor).frames.astype(float) for factor in (18, 28))
    errors = [np.abs(one - inject(film, [smile]).frames).mean() for one in (good, poor)]
    assert 0 < errors[0] < errors[1] < 8


def test_in_the_whole_picture_moves_what_moves_in_the_crop(photograph, film, smile):
    transform = np.array([[0.9, 0.05, -140.0], [-0.05, 0.9, -30.0]])
    moved = displacements(film.landmarks, film.times, [smile], 112, Habits())[6]
    changed = inject_into_picture(photograph, transform, moved)
    crop, before = (cv2.warpAffine(one, transform, (112, 112), flags=cv2.INTER_CUBIC) for one in (changed, photograph))
    expected = cv2.remap(before, *(np.mgrid[:112, :112][::-1].astype(np.float32) - moved), cv2.INTER_CUBIC)
    apart, was = np.abs(crop.astype(float) - expected), np.abs(before.astype(float) - expected)
    assert apart[8:-8, 8:-8].mean() < 0.6 * was[8:-8, 8:-8].mean()
    outside = cv2.warpAffine(np.ones((112, 112)), cv2.invertAffineTransform(transform), photograph.shape[1::-1]) == 0
    outside = cv2.erode(outside.astype(np.uint8), np.ones((9, 9))) > 0
    assert np.array_equal(changed[outside], photograph[outside])
