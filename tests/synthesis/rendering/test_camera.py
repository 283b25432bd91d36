import numpy as np
import pytest

from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.rendering.camera import Camera, compress


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


def test_compression_keeps_colours_in_place():
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[..., 0] = 200
    assert np.abs(compress(picture, 95).astype(int) - picture).max() < 5
