import cv2
import numpy as np
import pytest

from micron_bert.data.examples.registered import after_registration, fit_frame, register_frames
from micron_bert.errors import InputError
from micron_bert.synthesis.motion.displacement import patch_means


def pixel_wise(total, matrix):
    """Where every pixel's point is after the later frame was moved, the long way."""
    rows, columns = total.shape[1:]
    left = np.empty_like(total)
    for y in range(rows):
        for x in range(columns):
            there = matrix @ (x + total[0, y, x], y + total[1, y, x], 1)
            left[:, y, x] = there - (x, y)
    return left


def test_displacement_after_registration_matches_every_pixel():
    rng = np.random.default_rng(0)
    fields = rng.normal(0, 0.5, (4, 24, 24)).astype(np.float32)
    matrix = np.array([[1.01, -0.02, 0.4], [0.02, 1.01, -0.3]])
    expected = np.concatenate([fields[:2], pixel_wise(fields[2:], matrix)])
    actual = after_registration(patch_means(fields, 3), matrix, size=24)
    np.testing.assert_allclose(actual, patch_means(expected, 3), atol=1e-5)


def test_what_registration_takes_out_is_gone_from_the_label():
    picture = cv2.GaussianBlur(np.random.default_rng(1).uniform(0, 255, (112, 112, 3)), (0, 0), 2.0)
    picture = np.clip(128 + 6 * (picture - picture.mean()), 0, 255).astype(np.uint8)
    shift = np.array([[1.0, 0, 0.6], [0, 1.0, -0.4]])
    later = cv2.warpAffine(picture, shift, (112, 112), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    _, (matrix,) = register_frames([picture, later])
    displacement = np.zeros((4, 14, 14), np.float32)
    displacement[2], displacement[3] = 0.6, -0.4
    left = after_registration(displacement, matrix, size=112)
    assert np.abs(left[2:]).max() < 0.1 and not left[:2].any()


def test_patch_means_average_blocks():
    field = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    np.testing.assert_array_equal(patch_means(field, 2), [[[2.5, 4.5], [10.5, 12.5]]])


def test_fit_frame_keeps_a_fitting_frame():
    frame = np.zeros((32, 32, 3), np.uint8)
    assert fit_frame(frame, 32) is frame
    assert fit_frame(frame, 16).shape == (16, 16, 3) and fit_frame(frame, 48).shape == (48, 48, 3)


def test_frame_that_is_not_square_is_refused():
    with pytest.raises(InputError, match="`28x34` pixels"):
        fit_frame(np.zeros((34, 28, 3), np.uint8), 32)
