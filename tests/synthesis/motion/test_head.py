import numpy as np
import pytest

from micron_bert.synthesis.motion.head import draw_residue


def test_residue_has_the_stated_size(rng):
    centre = np.array([55.5, 55.5])
    drawn = [draw_residue(rng, 112, 0.3) for _ in range(2000)]
    shifts = np.array([matrix[:, :2] @ centre + matrix[:, 2] - centre for matrix in drawn])
    assert np.sqrt((shifts**2).sum(axis=1).mean()) == pytest.approx(0.3, rel=0.05)
    turns = np.rad2deg([np.arctan2(matrix[1, 0], matrix[0, 0]) for matrix in drawn])
    assert turns.std() == pytest.approx(0.2, rel=0.1)


def test_no_residue_is_the_identity(rng):
    np.testing.assert_allclose(draw_residue(rng, 112, 0.0), np.eye(2, 3), atol=1e-12)
