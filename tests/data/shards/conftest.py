import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.video.writer import write_video


def film_frames(count, seed=0, still=False):
    """The astronaut, whose mouth and cheeks are pushed up and down; noise from frame to frame."""
    rng, face = np.random.default_rng(seed), astronaut()[:256, 80:336]
    for number in range(count):
        frame = face.copy()
        if not still:
            step = round(3 * np.sin(number / 3))
            frame[150:200] = np.roll(frame[150:200], step, axis=0)
        yield (frame + rng.integers(-3, 4, frame.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """Four films of two people, one film of nobody, and a file that is no film."""
    folder = tmp_path_factory.mktemp("films")
    for number, person in enumerate(("ann", "ann", "ben", "ben")):
        (folder / person).mkdir(exist_ok=True)
        write_video(folder / person / f"{number}.mp4", film_frames(30, number), 25.0)
    write_video(folder / "nobody.mp4", [np.full((64, 64, 3), 90, np.uint8)] * 5, 25.0)
    (folder / "zz_broken.mp4").write_bytes(b"no film")
    return folder


@pytest.fixture
def make_film(tmp_path):
    """Writes a film of so many frames."""

    def make(count, name="film.mp4", fps=25.0, **kind):
        return write_video(tmp_path / name, film_frames(count, **kind), fps)

    return make


@pytest.fixture
def frames_of():
    """Frames of a film: how many, and of which seed."""
    return film_frames
