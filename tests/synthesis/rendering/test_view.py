import numpy as np

from micron_bert.synthesis.motion.displacement import Movement
from micron_bert.synthesis.motion.field import displace
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.rendering.view import PhotographView, PortraitView, draw_crop


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


def test_a_portrait_and_its_photograph_show_one_movement(portrait, photograph, photograph_landmarks, rng):
    """The truth of both views, in % of the distance between the eyes, for one field on the mesh's own axes."""
    from micron_bert.faces.alignment import eye_centres

    still = Nuisances.none()
    unit = UnitActivation(12)
    largest = []
    for view in (
        PortraitView(portrait, 2.0, still, rng),
        PhotographView(photograph, photograph_landmarks, 2.0),
    ):
        field = displace([unit], 2.0, view.regions, np.random.default_rng(1), Habits.none())
        expression, total = view.truth(field, Movement(field, np.eye(2, 3)))
        np.testing.assert_allclose(total, expression, atol=0.05)
        iod = np.hypot(*np.diff(eye_centres(view.landmarks), axis=0)[0])
        largest.append(100 * np.linalg.norm(expression, axis=0).max() / iod)
    np.testing.assert_allclose(largest, 2.0, rtol=0.1)


def test_a_mirrored_view_names_sides_by_the_mesh(portrait, rng):
    left = [UnitActivation(12, side="left")]
    view = PortraitView(portrait, 1.0, Nuisances.none(flip=1.0), rng)
    assert view.mirrored and view.named(left)[0].side == "right"
    view = PortraitView(portrait, 1.0, Nuisances.none(), rng)
    assert not view.mirrored and view.named(left) == left


def test_rest_is_the_portrait_itself(portrait, rng):
    view = PortraitView(portrait, 1.0, Nuisances.none(), rng)
    nothing = Movement(np.zeros((2, 112, 112), np.float32), np.eye(2, 3))
    np.testing.assert_array_equal(view.render(), view.render(nothing))
