"""Small films and pictures for the commands."""

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from micron_bert.synthesis.clips.scene import synthesize_scene
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film import synthesize_film
from micron_bert.synthesis.films.film_set import load_people, plan_films, write_films
from micron_bert.video.writer import write_video

CALM = {"speech": 0.0, "blink": 0.0, "gaze": 0.0, "turn": 0.0, "light": 0.0, "head": (0.001, 0.002)}


@pytest.fixture(scope="session")
def smile(face, tmp_path_factory):
    """Path of a film with a synthetic smile in the photograph, and the clip with its frames, onset and apex."""
    rng = np.random.default_rng(3)
    clip = synthesize_scene(*face, "happiness", amplitude=2.0, fps=30, rng=rng, lead=0.3, tail=0.3)
    return write_video(tmp_path_factory.mktemp("smile") / "smile.mp4", clip.frames, clip.fps), clip


@pytest.fixture(scope="session")
def film(face, tmp_path_factory):
    """Path of three seconds with one large micro-expression in an otherwise calm face, and the film itself."""
    rates = EventRates(micro=20, macro=0, micro_size=(1.8, 2.0), **CALM)
    film = synthesize_film(*face, 3.0, 30.0, np.random.default_rng(5), rates=rates)
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", film.frames(), 30.0), film


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    """Folder with photographs of three people: one face in three tints."""
    folder = tmp_path_factory.mktemp("photographs")
    for number, tint in enumerate(((1.0, 1.0, 1.0), (0.8, 0.9, 1.0), (1.0, 0.85, 0.8))):
        Image.fromarray((astronaut()[:300, 100:400] * tint).astype(np.uint8)).save(folder / f"p{number}_1.png")
    return folder


@pytest.fixture(scope="session")
def film_set(photographs, tmp_path_factory):
    """Folder with a film of two seconds of each of the three, as `synthesize --films` leaves them."""
    folder = tmp_path_factory.mktemp("films") / "set"
    rates = EventRates(micro=40, macro=0, speech=0, blink=0, micro_size=(2.0, 2.5))
    write_films(plan_films(load_people(photographs, cache=False), 3, 2.0, 15.0, rates, "film_"), folder)
    return folder
