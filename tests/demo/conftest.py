import shutil

import numpy as np
import pytest
from PIL import Image

from micron_bert.synthesis.clips.scene import synthesize_scene
from micron_bert.video.writer import write_video


@pytest.fixture(scope="session")
def film(face, tmp_path_factory):
    """A second of the astronaut who smiles, as a file, and the clip it was written from."""
    clip = synthesize_scene(*face, "happiness", amplitude=2.0, rng=np.random.default_rng(2))
    return write_video(tmp_path_factory.mktemp("film") / "smile.mp4", clip.frames, clip.fps), clip


@pytest.fixture(scope="session")
def pictures(film, tmp_path_factory):
    """Onset and apex of the film as files."""
    _, clip = film
    paths = [tmp_path_factory.mktemp("pictures") / name for name in ("onset.png", "apex.png")]
    for path, number in zip(paths, (clip.onset, clip.apex), strict=True):
        Image.fromarray(clip.frames[number]).save(path)
    return paths


@pytest.fixture(scope="session")
def blank(tmp_path_factory):
    """A film without a face."""
    frames = np.full((12, 96, 128, 3), 128, np.uint8)
    return write_video(tmp_path_factory.mktemp("blank") / "blank.mp4", frames, 30)


@pytest.fixture(scope="session")
def examples(film, pictures, tmp_path_factory):
    """A folder of examples that need not be made first."""
    from micron_bert.synthesis.example_clips import CLIPS

    folder = tmp_path_factory.mktemp("examples")
    for name in CLIPS:
        shutil.copy(film[0], folder / f"{name}.mp4")
    for picture in pictures:
        shutil.copy(picture, folder)
    return folder


@pytest.fixture(scope="session")
def analyst():
    from micron_bert.demo.analysis import Analyst
    from micron_bert.recognition.recognizer import Recognizer

    return Analyst(Recognizer.from_pretrained(device="cpu"))


@pytest.fixture(scope="session")
def told():
    """What was told about the progress of the analysis."""
    return []


@pytest.fixture(scope="session")
def analysis(analyst, film, told):
    return analyst.analyse_clip(film[0], lambda share, words: told.append((share, words)))
