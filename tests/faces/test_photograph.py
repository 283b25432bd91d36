import cv2
import numpy as np
import pytest

from micron_bert.errors import NoFaceError
from micron_bert.faces.alignment import canonical_eyes, eye_centres, transform_points
from micron_bert.faces.photograph import align_image


@pytest.mark.parametrize("size", [112, 224])
def test_eyes_come_to_their_canonical_places(astronaut, size):
    aligned = align_image(astronaut, size)
    assert aligned.image.shape == (size, size, 3) and aligned.image.dtype == np.uint8
    assert eye_centres(aligned.landmarks) == pytest.approx(canonical_eyes(size), abs=1e-3)


def test_an_aligned_face_aligns_to_itself(astronaut):
    once = align_image(astronaut, 224)
    again = align_image(once.image, 224)
    assert np.abs(again.landmarks - once.landmarks).mean() < 0.02 * 90


def test_the_transform_leads_from_the_photograph_to_the_crop(astronaut):
    aligned = align_image(astronaut, 112)
    tip = transform_points(aligned.transform, np.array([221.0, 124.0]))  # nose, measured by hand in the photograph
    assert np.abs(tip - aligned.landmarks[4]).max() < 4


def test_a_grey_picture_gives_a_grey_crop(astronaut):
    grey = cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)
    assert np.ptp(align_image(grey).image, axis=2).max() == 0


def test_a_picture_without_a_face_is_refused():
    with pytest.raises(NoFaceError, match="`320x240`"):
        align_image(np.full((240, 320, 3), 128, np.uint8))
