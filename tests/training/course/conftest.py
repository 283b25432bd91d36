import numpy as np
import pytest

from micron_bert.faces import align_clip
from micron_bert.faces.alignment import transform_points
from micron_bert.synthesis.real.film import RealFilm


@pytest.fixture(scope="session")
def film(face):
    """Two seconds of a face that does nothing, with some noise."""
    (photograph, landmarks), rng = face, np.random.default_rng(0)
    clip = align_clip([photograph, photograph], 112)
    landmarks = transform_points(clip.transforms[0], landmarks).astype(np.float32)
    noise = rng.normal(0, 1, (50, 112, 112, 3))
    frames = np.clip(clip.frames[0] + noise, 0, 255).astype(np.uint8)
    times = np.arange(50) / 25 + 7
    return RealFilm("still", "somebody", frames, times, np.repeat(landmarks[None], 50, 0), np.ones(50, np.float32))
