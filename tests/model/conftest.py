import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.faces import FaceDetector, FaceMesh, align_clip
from micron_bert.synthesis.clips.scene import synthesize_scene
from micron_bert.video.reader import open_video
from micron_bert.video.writer import write_video


def smile(path, amplitude):
    """A synthetic smile in the photograph of the astronaut, small, as a video."""
    photograph = astronaut()[:300, 100:400]
    landmarks = FaceMesh().landmarks(photograph, FaceDetector().detect(photograph)[0])
    rng = np.random.default_rng(3)
    clip = synthesize_scene(
        photograph, landmarks, "happiness", amplitude=amplitude, fps=30, rng=rng, lead=0.2, tail=0.2
    )
    return write_video(path, clip.frames, clip.fps)


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """A smile of 2 % of the distance between the eyes."""
    return smile(tmp_path_factory.mktemp("film") / "smile.mp4", 2.0)


@pytest.fixture(scope="session")
def clear_film(tmp_path_factory):
    """A smile of 3 %, which is named alike whatever version of the libraries draws it."""
    return smile(tmp_path_factory.mktemp("film") / "clear.mp4", 3.0)


@pytest.fixture(scope="session")
def crops(film):
    """The aligned and registered face of the film, `(T, 112, 112, 3)`."""
    with open_video(film) as video:
        return align_clip(video, 112).frames
