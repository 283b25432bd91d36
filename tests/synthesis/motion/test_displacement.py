import cv2
import numpy as np
import pytest

from micron_bert.synthesis.motion.blink import Blink
from micron_bert.synthesis.motion.displacement import (
    Movement,
    area_change,
    forward_field,
    movement_mask,
    patch_means,
    pixel_grid,
)
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import smooth_noise
from micron_bert.synthesis.motion.head import head_similarity
from micron_bert.synthesis.portraits import working_landmarks


def wave(height, width, size):
    x, y = pixel_grid(height, width)
    return size * np.stack([np.sin(y / 9) * np.cos(x / 11), np.cos(y / 8) * np.sin(x / 13)]).astype(np.float32)


def test_forward_field_undoes_the_backward_one():
    backward = wave(64, 80, 0.8)
    grid = pixel_grid(64, 80)
    forward = forward_field(backward, iterations=4)
    place = grid + forward
    back = np.stack([cv2.remap(part, place[0], place[1], cv2.INTER_CUBIC) for part in backward])
    inside = np.s_[:, 4:-4, 4:-4]
    np.testing.assert_allclose((place + back)[inside], grid[inside], atol=0.01)


@pytest.mark.parametrize("closure", [None, 0.3, 0.9])
def test_displacement_leads_back_to_the_source(portrait, closure):
    # what goes from x to x + d(x) must come from x
    regions = FaceRegions(working_landmarks(portrait), (112, 112))
    grid = pixel_grid(112, 112)
    head = head_similarity(np.array([55.0, 60.0]), (0.4, -0.7), 0.01, 1.004)
    blink = None if closure is None else Blink(regions, closure)
    movement = Movement(wave(112, 112, 0.5), head, blink)
    place = grid + movement.displacement(grid)
    offsets = movement.sources(grid) - grid
    back = place + np.stack([cv2.remap(part, place[0], place[1], cv2.INTER_LINEAR) for part in offsets])
    error = np.sqrt(((back - grid) ** 2).sum(axis=0))[6:-6, 6:-6]
    assert np.median(error) < 0.01
    # under a lid a pixel's width of the map holds many pixels of the eye
    assert np.mean(error > 0.05) <= (0 if closure is None else 0.03)


def test_mask_is_a_tenth_of_the_peak_and_a_fiftieth_of_a_pixel():
    field = np.zeros((2, 4, 4), np.float32)
    field[0, 0, :3] = (1.0, 0.2, 0.05)
    assert movement_mask(field)[0].tolist() == [True, True, False, False]
    assert not movement_mask(field / 100).any()


def test_area_change_of_a_magnification():
    x, y = pixel_grid(20, 20)
    assert area_change(0.03 * np.stack([x, y]))[5:-5, 5:-5] == pytest.approx(0.06, abs=1e-4)


def test_smooth_noise_is_smooth(rng):
    noise = smooth_noise(rng, (100, 100), 20.0, 3)
    assert noise.shape == (3, 100, 100)
    assert np.abs(np.diff(noise, axis=2)).max() < 0.4
    assert 0.3 < noise.std() < 1.5


def test_patch_means_by_hand():
    field = np.random.default_rng(0).random((2, 16, 16))
    means = patch_means(field, 2)
    assert means.shape == (2, 2, 2) and means.dtype == np.float32
    assert means[1, 1, 0] == pytest.approx(field[1, 8:16, 0:8].mean(), abs=1e-6)
