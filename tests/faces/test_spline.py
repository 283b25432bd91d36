import numpy as np
import pytest
from scipy.ndimage import affine_transform

from micron_bert.faces.spline import SplineImage


def test_identity_gives_the_picture(crop):
    assert np.abs(SplineImage(crop).warp(np.eye(2, 3)) - crop).max() < 0.01


@pytest.mark.parametrize("shift", [0.01, 0.25, 0.4])
def test_a_ramp_moves_by_exactly_the_shift(shift):
    ramp = np.tile(np.arange(60.0), (60, 1))
    moved = SplineImage(ramp).warp(np.array([[1, 0, shift], [0, 1, 0]]))
    assert np.abs(ramp - moved - shift)[20:40, 20:40].max() < 1e-4


def test_warp_matches_the_two_dimensional_spline_of_scipy(crop, similarity):
    matrix = similarity(0.3, -0.7, degrees=1.0, scale=1.01)
    inverse = np.linalg.inv(np.vstack([matrix, (0, 0, 1)]))[:2]
    rows_first = inverse[::-1, [1, 0, 2]]
    expected = affine_transform(
        crop[..., 1].astype(float), rows_first[:, :2], rows_first[:, 2], order=3, mode="nearest"
    )
    actual = SplineImage(crop[..., 1]).warp(matrix)
    # two passes along lines are not one pass over the plane: they differ by a fraction of a grey level
    assert np.abs(actual - expected)[6:-6, 6:-6].mean() < 0.15
