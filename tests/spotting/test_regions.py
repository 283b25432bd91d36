import numpy as np

from micron_bert.faces.alignment import canonical_eyes, similarity_from_landmarks, transform_points
from micron_bert.spotting.interval import REGIONS
from micron_bert.spotting.regions import openings, region_weights


def centres(weights):
    rows, columns = np.mgrid[: weights.shape[1], : weights.shape[2]]
    return {name: ((w * columns).sum(), (w * rows).sum()) for name, w in zip(REGIONS, weights, strict=True)}


def test_regions_lie_where_they_belong(face):
    _, landmarks = face
    crop = transform_points(similarity_from_landmarks(landmarks, 112), landmarks)
    weights = region_weights(crop, 112, 14)
    assert weights.shape == (5, 14, 14) and np.allclose(weights.sum(axis=(1, 2)), 1, atol=1e-5)
    at = centres(weights)
    eyes = (canonical_eyes(112).mean(axis=0) + 0.5) / 8 - 0.5
    assert np.allclose(at["eyes"], eyes, atol=0.4)
    assert at["brows"][1] < at["eyes"][1] < at["nose"][1] < at["mouth"][1]
    assert at["eyes"][1] < at["cheeks"][1] < at["mouth"][1]
    # a blink is told by the eyes alone
    assert (weights[0] * weights[1]).sum() < 0.05 * (weights[1] ** 2).sum()


def test_openings_do_not_depend_on_the_size_of_the_picture(face):
    _, landmarks = face
    lids, lips = openings(landmarks)
    assert np.allclose(openings(2.5 * landmarks), (lids, lips))
    closed = landmarks.copy()
    closed[[159, 386]] = closed[[145, 374]]
    assert openings(closed)[0] == 0 < lids < 0.5
