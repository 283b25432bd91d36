import numpy as np
import pytest
from skimage import data

from micron_bert.faces import align_clip
from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.pictures.action_units import draw_action_units, unit_regions

SIZE = 336


@pytest.fixture(scope="module")
def face():
    clip = align_clip([data.astronaut()], SIZE)
    return clip.frames[0], clip.landmarks[0]


def centre(region):
    return np.argwhere(region).mean(axis=0)[::-1]


def test_regions_lie_where_the_muscles_pull(face):
    _, landmarks = face
    brow, mouth = (centre(unit_regions(landmarks, (SIZE, SIZE), number)) for number in ("4", "12"))
    eyes = landmarks[[33, 263], 1].mean()
    assert brow[1] < eyes + 10 and mouth[1] > landmarks[1, 1], "brows above the eyes, mouth below the nose"
    left, right = (centre(unit_regions(landmarks, (SIZE, SIZE), "12", side)) for side in ("left", "right"))
    assert left[0] > landmarks[1, 0] > right[0], "the person's left side is at the right of the picture"


def test_units_without_a_model_of_them_have_no_region(face):
    assert not unit_regions(face[1], (SIZE, SIZE), "99").any()


def test_skin_that_no_unit_moves_stays_as_it_is(face):
    picture, landmarks = face
    nothing = draw_action_units(picture, landmarks, [], ["no action unit"])
    np.testing.assert_array_equal(nothing[:SIZE], picture)
    assert nothing[SIZE:].min() < 128, "the line of text stands below"
    before = picture.copy()
    drawn = draw_action_units(picture, landmarks, [UnitReading("4", "both", 0.9, 1.0, True)], ["AU4"])
    np.testing.assert_array_equal(picture, before)
    changed = np.any(drawn[:SIZE] != picture, axis=-1)
    region = unit_regions(landmarks, (SIZE, SIZE), "4")
    assert changed[region].mean() > 0.95 and changed[~region].mean() < 0.02
