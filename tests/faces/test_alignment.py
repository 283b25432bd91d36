import cv2
import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.faces.alignment import (
    EYE_DISTANCE,
    canonical_eyes,
    compose,
    eye_centres,
    fit_similarity,
    similarity_from_eyes,
    transform_points,
    warp_similarity,
)


def test_canonical_eyes_are_level_at_the_agreed_place():
    left, right = canonical_eyes(112)
    assert right - left == pytest.approx((EYE_DISTANCE * 112, 0))
    # shares of the side count from the edge, which lies half a pixel before the first pixel's centre
    assert (left + right) / 2 == pytest.approx((0.5 * 112 - 0.5, 0.33 * 112 - 0.5))


def test_eye_centres_are_the_means_of_the_corners():
    landmarks = np.zeros((468, 2))
    landmarks[[33, 133]] = (10, 20), (14, 22)
    landmarks[[362, 263]] = (30, 20), (36, 20)
    assert eye_centres(landmarks).tolist() == [[12, 21], [33, 20]]


def test_similarity_brings_tilted_eyes_to_their_places():
    eyes = np.array([[200.0, 120.0], [260.0, 150.0]])
    assert transform_points(similarity_from_eyes(eyes, 96), eyes) == pytest.approx(canonical_eyes(96))


def test_coinciding_eyes_are_refused():
    with pytest.raises(InputError, match="coincide"):
        similarity_from_eyes(np.array([[5.0, 5.0], [5.0, 5.0]]), 112)


def test_fit_similarity_solves_least_squares(similarity):
    rng = np.random.default_rng(0)
    points, truth = rng.normal(50, 20, (30, 2)), similarity(3, -2, degrees=12, scale=0.8)
    assert fit_similarity(points, transform_points(truth, points)) == pytest.approx(truth)
    noisy = transform_points(truth, points) + rng.normal(0, 1, (30, 2))
    x, y = points.T
    system = np.block([[x[:, None], -y[:, None], np.ones((30, 1)), np.zeros((30, 1))],
                       [y[:, None], x[:, None], np.zeros((30, 1)), np.ones((30, 1))]])  # fmt: skip
    a, b, c, d = np.linalg.lstsq(system, noisy.T.ravel(), rcond=None)[0]
    assert fit_similarity(points, noisy) == pytest.approx(np.array([[a, -b, c], [b, a, d]]))


def test_compose_applies_the_inner_map_first(similarity):
    outer, inner, points = similarity(1, 2, degrees=30), similarity(5, 0, scale=2), np.array([[3.0, 4.0]])
    expected = transform_points(outer, transform_points(inner, points))
    assert transform_points(compose(outer, inner), points) == pytest.approx(expected)


@pytest.mark.parametrize("reduction", [2, 3, 8, 20])
def test_reduction_by_whole_numbers_averages_blocks(reduction):
    picture = np.random.default_rng(0).integers(0, 256, (40 * reduction, 40 * reduction, 3), dtype=np.uint8)
    matrix = np.array([[1 / reduction, 0, (1 / reduction - 1) / 2], [0, 1 / reduction, (1 / reduction - 1) / 2]])
    means = picture.reshape(40, reduction, 40, reduction, 3).mean(axis=(1, 3))
    # white noise is the hardest picture; blocks of a bounded number of samples come close to the true mean
    assert np.abs(warp_similarity(picture, matrix, 40) - means).mean() < 0.2 * 74 / reduction


def test_crop_of_moved_content_changes_less_than_by_point_sampling(astronaut, move):
    matrix = similarity_from_eyes(np.array([[100.0, 200.0], [300.0, 210.0]]), 112)
    shift = np.array([[1, 0, 0.5], [0, 1, 0.5]])
    back = compose(matrix, np.array([[1, 0, -0.5], [0, 1, -0.5]]))
    moved = move(astronaut, shift)

    def change(crop):
        return np.abs(crop(moved, back).astype(float) - crop(astronaut, matrix))[5:-5, 5:-5].mean()

    by_points = change(lambda image, matrix: cv2.warpAffine(image, matrix, (112, 112)))
    assert change(lambda image, matrix: warp_similarity(image, matrix, 112)) < by_points / 2


def test_crop_beside_the_picture_repeats_its_edge():
    picture = np.full((300, 300, 3), 40, np.uint8)
    picture[:, -1] = 200
    assert (warp_similarity(picture, np.array([[1.0, 0, -400], [0, 1, -20]]), 64) == 200).all()
    assert warp_similarity(picture, np.array([[0.05, 0, -100], [0, 0.05, -1]]), 64).min() > 40
