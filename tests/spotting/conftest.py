import numpy as np
import pytest

from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting import LiveSpotter, WatchOptions
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film import synthesize_film

FPS = 30.0
CALM = {"speech": 0.0, "blink": 0.0, "gaze": 0.0, "turn": 0.0, "light": 0.0, "head": (0.001, 0.002)}


@pytest.fixture(scope="session")
def recognizer():
    return Recognizer.from_pretrained(device="cpu")


@pytest.fixture(scope="session")
def film(face):
    """Three seconds with one large micro-expression in an otherwise calm face: the film and its frames."""
    rates = EventRates(micro=20, macro=0, micro_size=(1.8, 2.0), **CALM)
    film = synthesize_film(*face, 3.0, FPS, np.random.default_rng(5), rates=rates)
    return film, list(film.frames())


@pytest.fixture(scope="session")
def watch_frames(recognizer):
    """Runs frames with their times through a live spotter: `(updates, intervals)`."""

    def run(frames, times, strictness=0.0, fps=FPS, face=0, rest=0.0):
        live = LiveSpotter(recognizer, WatchOptions(strictness, rest=rest), fps, face)
        updates = [live.push(image, time) for image, time in zip(frames, times, strict=True)]
        intervals = [interval for update in updates for interval in update.interval_closed]
        return updates, intervals + live.finish()

    return run
