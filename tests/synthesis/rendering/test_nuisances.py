import numpy as np
import pytest

from micron_bert.synthesis.motion.displacement import pixel_grid
from micron_bert.synthesis.motion.field import FaceRegions
from micron_bert.synthesis.portraits import working_landmarks
from micron_bert.synthesis.rendering.nuisances import (
    Blink,
    Camera,
    Nuisances,
    compress,
    draw_crop,
    draw_light,
    draw_residue,
    gaze_field,
    turn_field,
)


@pytest.fixture(scope="module")
def regions(portrait):
    return FaceRegions(working_landmarks(portrait), (112, 112))


def test_residue_has_the_stated_size(rng):
    centre = np.array([55.5, 55.5])
    drawn = [draw_residue(rng, 112, 0.3) for _ in range(2000)]
    shifts = np.array([matrix[:, :2] @ centre + matrix[:, 2] - centre for matrix in drawn])
    assert np.sqrt((shifts**2).sum(axis=1).mean()) == pytest.approx(0.3, rel=0.05)
    turns = np.rad2deg([np.arctan2(matrix[1, 0], matrix[0, 0]) for matrix in drawn])
    assert turns.std() == pytest.approx(0.2, rel=0.1)


def test_no_residue_is_the_identity(rng):
    np.testing.assert_allclose(draw_residue(rng, 112, 0.0), np.eye(2, 3), atol=1e-12)


def test_crops_stay_near_the_canonical_one(rng):
    nuisances = Nuisances()
    centre = np.array([55.5, 55.5])
    mirrored = []
    for _ in range(200):
        crop = draw_crop(rng, 112, nuisances)
        assert np.linalg.norm(crop[:, :2] @ centre + crop[:, 2] - centre) < 8
        assert abs(np.sqrt(abs(np.linalg.det(crop[:, :2]))) - 1) < 0.05
        mirrored.append(np.linalg.det(crop[:, :2]) < 0)
    assert 0.4 < np.mean(mirrored) < 0.6


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


@pytest.mark.parametrize("closure", [0.2, 0.6, 1.0])
def test_blinks_invert_and_keep_the_order(regions, closure):
    blink, grid = Blink(regions, closure), pixel_grid(112, 112)
    there = blink.forward(grid)
    np.testing.assert_allclose(blink.backward(there), grid, atol=2e-2)
    assert np.diff(there[1], axis=0).min() > -1e-4
    eye = np.round(regions.landmarks[159]).astype(int)
    assert there[1, eye[1], eye[0]] > eye[1]


def test_camera_without_nuisances_changes_nothing(rng):
    frames = rng.integers(0, 256, (2, 16, 16, 3), np.uint8)
    camera = Camera.draw(rng, Nuisances.none())
    np.testing.assert_array_equal(camera.expose(frames, np.ones((2, 16, 16), np.float32), rng), frames)


def test_noise_has_the_stated_size(rng):
    frames = np.full((2, 64, 64, 3), 128, np.uint8)
    camera = Camera.draw(rng, Nuisances.none(noise=(2.0, 2.0)))
    noisy = camera.expose(frames, np.ones((2, 64, 64), np.float32), rng).astype(float)
    assert noisy.std() == pytest.approx(2.0, rel=0.1)
    assert np.abs(noisy.mean() - 128) < 0.1


def test_grey_pictures_have_equal_channels(rng):
    frames = rng.integers(0, 256, (1, 16, 16, 3), np.uint8)
    camera = Camera.draw(rng, Nuisances(grey=1.0, jpeg=0.0))
    picture = camera.expose(frames, np.ones((1, 16, 16), np.float32), rng)[0]
    assert (picture == picture[..., :1]).all()


def test_light_changes_by_a_fraction_of_a_percent(rng):
    changes = [draw_light(rng, (32, 32), 0.006, None, 0.0).mean() - 1 for _ in range(500)]
    assert np.std(changes) == pytest.approx(0.006, rel=0.25)
    assert (draw_light(rng, (32, 32), 0.0, None, 0.0) == 1).all()


def test_compression_keeps_colours_in_place():
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[..., 0] = 200
    assert np.abs(compress(picture, 95).astype(int) - picture).max() < 5
