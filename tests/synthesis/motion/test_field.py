import numpy as np
import pytest

from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import expression_field
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.units import ACTION_UNITS, UnitActivation
from micron_bert.synthesis.portraits import working_landmarks


@pytest.fixture(scope="module")
def regions(portrait):
    return FaceRegions(working_landmarks(portrait), (112, 112))


def at(field, regions, *landmarks):
    """Mean displacement at landmarks."""
    points = np.round(regions.landmarks[list(landmarks)]).astype(int)
    return field[:, points[:, 1], points[:, 0]].mean(axis=1)


def plain(units, regions):
    return expression_field(units, regions, np.random.default_rng(0), Habits.none())


@pytest.mark.parametrize(
    ("number", "landmarks", "direction"),
    [
        (1, (107, 336), (0, -1)),
        (2, (63, 293), (0, -1)),
        (4, (55, 285), (0, 1)),
        (12, (61, 291), (0, -1)),
        (15, (61, 291), (0, 1)),
        (17, (18,), (0, -1)),
        (25, (17,), (0, 1)),
        (12, (61,), (-1, -1)),
        (12, (291,), (1, -1)),
        (20, (61,), (-1, 0)),
        (4, (107,), (1, 1)),
    ],
)
def test_units_pull_where_the_muscles_do(regions, number, landmarks, direction):
    moved = at(plain([UnitActivation(number)], regions), regions, *landmarks)
    wanted = np.array(direction) / np.linalg.norm(direction)
    assert moved @ wanted > 0.8 * np.linalg.norm(moved) > 0.2


@pytest.mark.parametrize("number", ACTION_UNITS)
def test_largest_displacement_is_one(regions, number, rng):
    field = expression_field([UnitActivation(number)], regions, rng, Habits())
    assert field.dtype == np.float32
    assert np.sqrt((field**2).sum(axis=0)).max() == pytest.approx(1, abs=1e-4)


def test_lips_part(regions):
    field = plain([UnitActivation(25)], regions)
    assert at(field, regions, 13)[1] < 0 < at(field, regions, 14)[1]


def test_brows_leave_mouth_and_eyeballs_alone(regions):
    field = plain([UnitActivation(1), UnitActivation(2)], regions)
    assert np.abs(at(field, regions, 13)).max() < 0.02
    middle = np.round((regions.landmarks[159] + regions.landmarks[145]) / 2).astype(int)
    assert np.abs(field[:, middle[1], middle[0]]).max() < 0.1


def test_nothing_moves_at_the_corners_of_the_picture(regions):
    field = plain([UnitActivation(12), UnitActivation(26)], regions)
    assert np.abs(field[:, [0, 0, -1, -1], [0, -1, 0, -1]]).max() < 0.02


def test_one_sided_units_move_one_side(regions):
    field = plain([UnitActivation(12, side="left")], regions)
    assert np.linalg.norm(at(field, regions, 291)) > 5 * np.linalg.norm(at(field, regions, 61))


def test_mirrored_landmarks_give_the_mirrored_field(regions):
    flipped = regions.landmarks.copy()
    flipped[:, 0] = 111 - flipped[:, 0]
    mirrored = plain([UnitActivation(12, side="left")], FaceRegions(flipped, (112, 112)))
    field = plain([UnitActivation(12, side="left")], regions)
    np.testing.assert_allclose(mirrored, field[:, :, ::-1] * np.array([-1, 1])[:, None, None], atol=0.02)


def test_field_scales_with_the_face(portrait):
    small = plain([UnitActivation(4)], FaceRegions(working_landmarks(portrait), (112, 112)))
    large = plain([UnitActivation(4)], FaceRegions(portrait.landmarks, (224, 224)))
    pooled = large.reshape(2, 112, 2, 112, 2).mean(axis=(2, 4))
    assert np.corrcoef(pooled.ravel(), small.ravel())[0, 1] > 0.99


def test_large_movements_do_not_fold(regions, portrait):
    # one-to-one as long as neighbours keep their order in the map that renders
    amplitude = 0.08 * regions.iod
    stretched = FaceRegions(regions.landmarks, regions.shape, largest=amplitude)
    for units in ([25, 12], [1, 2, 5], [4, 9], [24], [7]):
        field = amplitude * plain([UnitActivation(number) for number in units], stretched)
        assert 1 - np.diff(field[0], axis=1).max() > 0
        assert 1 - np.diff(field[1], axis=0).max() > 0


def test_habits_vary_the_field_but_not_its_sense(regions):
    plain_field = plain([UnitActivation(12)], regions)
    fields = [
        expression_field([UnitActivation(12)], regions, np.random.default_rng(seed), Habits()) for seed in range(12)
    ]
    similarity = [
        np.sum(field * plain_field) / np.linalg.norm(field) / np.linalg.norm(plain_field) for field in fields
    ]
    assert 0.5 < np.mean(similarity) < 0.95
    assert min(similarity) > 0.3


def test_no_units_no_movement(regions, rng):
    assert not expression_field([], regions, rng, Habits()).any()
