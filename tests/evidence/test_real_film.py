import numpy as np
import pytest
from skimage.data import astronaut

from benchmarks.evidence import real_film
from micron_bert.faces.photograph import align_image
from micron_bert.synthesis.real.film import RealFilm


@pytest.fixture(scope="module")
def stretches():
    """Two stretches of a film of somebody who keeps still, with noise."""
    aligned = align_image(astronaut(), size=112)
    noise = np.random.default_rng(0).normal(0, 1, (30, 112, 112, 3))
    frames = np.clip(np.rint(aligned.image + noise), 0, 255).astype(np.uint8)
    landmarks = np.repeat(aligned.landmarks[None], 15, axis=0).astype(np.float32)
    times, light = np.arange(15) / 25, np.ones(15, np.float32)
    return [RealFilm("nasa", "astronaut", frames[15 * k :][:15], times, landmarks, light, k) for k in range(2)]


def test_stretches_are_put_together_by_film(stretches):
    films = real_film.by_name(stretches)
    assert list(films) == ["nasa"] and [one.name for one in films["nasa"]] == ["nasa", "nasa-1"]


def test_pairs_follow_from_the_seed_and_injected_ones_move_more(stretches, monkeypatch):
    monkeypatch.setattr(real_film, "PAIRS", 4)
    first, again, other = (real_film.draw_pairs(stretches, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert (first[0] != other[0]).any()
    still, _, injected, labels = first
    assert still.shape == injected.shape == (4, 2, 112, 112, 3) and set(labels) <= {0, 1, 2}
    change = [
        np.abs(pairs[:, 1].astype(float) - pairs[:, 0]).max(axis=(1, 2, 3)).mean() for pairs in (still, injected)
    ]
    assert change[1] > 1.5 * change[0]
