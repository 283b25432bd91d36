import numpy as np

from micron_bert.synthesis.real.film import draw_places


def test_two_frames_lie_as_far_apart_as_asked(film, rng):
    for _ in range(50):
        one, other = draw_places(rng, film.times, (0.1, 0.2))
        assert one < other
        assert film.times[other] - film.times[one] <= 0.2 + 0.02


def test_the_stillest_of_several_moves_less_than_the_liveliest(film, rng):
    still = [film.changed(*draw_places(rng, film.times, (0.1, 0.2), film.changed, 12)) for _ in range(10)]
    lively = [film.changed(*draw_places(rng, film.times, (0.1, 0.2), film.changed, 12, True)) for _ in range(10)]
    assert max(still) < 0.05 < min(lively)


def test_open_eyes_are_measured_in_distances_of_the_eyes(film):
    assert film.openness.shape == (25,)
    assert np.all((film.openness > 0.05) & (film.openness < 0.4))
