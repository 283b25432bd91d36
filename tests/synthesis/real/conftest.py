import numpy as np
import pytest

from micron_bert.synthesis.motion.displacement import pixel_grid
from micron_bert.synthesis.portraits import working_landmarks
from micron_bert.synthesis.real.film import RealFilm
from micron_bert.synthesis.real.injection import warp
from micron_bert.synthesis.rendering.camera import draw_noise


@pytest.fixture(scope="session")
def chin():
    """The displacement `(2, 112, 112)` of a chin that drops by two pixels."""
    x, y = pixel_grid(112, 112)
    down = 2 * np.exp(-0.5 * (((x - 56) / 18) ** 2 + ((y - 95) / 10) ** 2))
    return np.stack([np.zeros_like(down), down]).astype(np.float32)


@pytest.fixture(scope="session")
def film(portrait, chin):
    """A second of the astronaut, at 25 fps, who drops the chin in the second half; with sensor noise."""
    rng = np.random.default_rng(0)
    share = np.clip((np.arange(25) - 12) / 4, 0, 1)
    still = portrait.image[::2, ::2]
    frames = np.stack([warp(still, np.float32(s) * chin) for s in share]).astype(np.float32)
    frames = np.clip(np.rint(frames + draw_noise(rng, frames.shape)), 0, 255).astype(np.uint8)
    landmarks = np.repeat(working_landmarks(portrait)[None], 25, axis=0).astype(np.float32)
    columns, rows = np.rint(landmarks[0]).astype(int).clip(0, 111).T
    landmarks += share[:, None, None].astype(np.float32) * chin[:, rows, columns].T
    return RealFilm("astronaut", "nasa", frames, np.arange(25) / 25, landmarks, np.ones(25, np.float32))
