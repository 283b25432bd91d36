"""A film of a face that stays as it is, in which any movement is one that was put in."""

import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.evaluation.sensitivity.film import FollowedFilm
from micron_bert.video.writer import write_video

FPS, SECONDS = 25, 3.2


@pytest.fixture(scope="package")
def still(tmp_path_factory):
    """Path of three seconds of a face with a little noise, 320 pixels wide."""
    rng = np.random.default_rng(0)
    face = astronaut()[:288, 64:384].astype(np.int16)
    frames = [np.uint8(np.clip(face + rng.integers(-2, 3, face.shape), 0, 255)) for _ in range(round(FPS * SECONDS))]
    return write_video(tmp_path_factory.mktemp("film") / "still.mp4", frames, FPS)


@pytest.fixture(scope="package")
def film(still):
    return FollowedFilm.of(still, 0.0, SECONDS)
