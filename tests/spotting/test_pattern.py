import numpy as np
import pytest

from micron_bert.spotting.pattern import DIRECTIONS, agreement, coherence, region_directions, rigidity

GRID = 14
FACE = np.full((GRID, GRID), 1 / GRID**2)


def weights():
    shares = np.zeros((5, GRID, GRID), np.float32)
    for region in range(5):
        shares[region, 2 * region : 2 * region + 2] = 1 / (2 * GRID)
    return shares


def test_a_mirrored_face_has_the_same_directions():
    field = np.random.default_rng(0).normal(size=(2, GRID, GRID))
    mirrored = field[:, :, ::-1] * np.array([-1, 1])[:, None, None]
    assert np.allclose(region_directions(field, weights()), region_directions(mirrored, weights()))


def test_directions_say_what_they_are_called():
    field = np.zeros((2, GRID, GRID))
    field[1] = -1  # up, everywhere
    raised = dict(zip(DIRECTIONS, region_directions(field, weights())[0], strict=True))
    assert raised["raised"] == pytest.approx(1) and raised["widened"] == raised["shifted"] == 0
    field = np.zeros((2, GRID, GRID))
    field[0] = np.sign(np.arange(GRID) - GRID / 2 + 0.5)
    widened = dict(zip(DIRECTIONS, region_directions(field, weights())[0], strict=True))
    assert widened["widened"] == pytest.approx(1) and widened["raised"] == widened["shifted"] == 0


def test_noise_is_told_from_skin():
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[:GRID, :GRID] / GRID
    skin = np.stack([np.sin(2 * rows), np.cos(2 * columns)])
    assert coherence(skin, FACE) > 0.9 > 0.3 > coherence(rng.normal(size=(2, GRID, GRID)), FACE)
    assert rigidity(np.ones((2, GRID, GRID)), FACE) == pytest.approx(1)
    assert agreement(skin, 2 * skin, FACE) == pytest.approx((1, -np.log(2)))
    assert agreement(skin, -skin, FACE)[0] == pytest.approx(-1)
