"""Clips to try, made from the photograph of Eileen Collins that scikit-image ships (NASA); some show nothing."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from micron_bert.cache_folder import cache_folder
from micron_bert.output_folder import whole_file

AMPLITUDE, FPS = 3.0, 30.0  # % of the distance between the eyes; frames per second
LEAD, TAIL = 1.0, 1.5  # seconds of a resting face before and after
VERSION = 6  # of the clips: another one makes them anew
STILL = {"micro": 0.0, "macro": 0.0, "gaze": 0.0, "turn": 0.0, "light": 0.0}  # events a minute of a film without any


@dataclass(frozen=True)
class Example:
    """
    A clip to try.

    Attributes:
        seed (`int`): of all that is random.
        emotion (`str`, *optional*): of the micro-expression in it.
        blink (`float`), speech (`float`): blinks a minute and share of the time that is talked, where there is none.
        seconds (`tuple[float, float]`): the part of the film that is kept, where there is none.
        film (`float`): seconds of the whole film.
    """

    seed: int
    emotion: str | None = None
    blink: float = 0.0
    speech: float = 0.0
    seconds: tuple[float, float] = (0.0, 3.5)
    film: float = 3.5


# names that give nothing away
CLIPS = {
    "clip-1": Example(2, "happiness"),
    "clip-2": Example(1, speech=0.8, seconds=(0.8, 4.8), film=6.0),
    "clip-3": Example(4, "surprise"),
    "clip-4": Example(1, blink=40.0),
    "clip-5": Example(8, "disgust"),
    "clip-6": Example(0),
}
PAIR = "clip-1"  # which clip the two pictures are from


def example_folder() -> Path:
    """Where the examples are kept from one start to the next."""
    return cache_folder(f"demo-{VERSION}")


def make_examples(folder: str | os.PathLike | None = None) -> tuple[list[Path], tuple[Path, Path]]:
    """
    The clips and the pair of pictures, made unless they are there.

    Args:
        folder (`str` or `os.PathLike`, *optional*):
            Where to put them; the user's cache if left out.

    Returns:
        `tuple[list[Path], tuple[Path, Path]]`: six clips; onset and apex of the first.
    """
    folder = Path(folder or example_folder())
    clips = [folder / f"{name}.mp4" for name in CLIPS]
    pair = folder / "onset.png", folder / "apex.png"
    if not all(path.is_file() for path in (*clips, *pair)):
        folder.mkdir(parents=True, exist_ok=True)
        _make(clips, pair)
    return clips, pair


def _make(clips: list[Path], pair: tuple[Path, Path]) -> None:
    from skimage.data import astronaut

    from micron_bert.faces import FaceDetector, FaceMesh
    from micron_bert.video.writer import write_video

    photograph = astronaut()
    landmarks = FaceMesh().landmarks(photograph, FaceDetector().detect(photograph)[0])
    for path, example in zip(clips, CLIPS.values(), strict=True):
        if example.emotion is None:
            write_video(path, _film(photograph, landmarks, example), FPS)
            continue
        clip = _expression(photograph, landmarks, example)
        write_video(path, clip.frames, clip.fps)
        if path.stem == PAIR:
            for target, number in zip(pair, (clip.onset, clip.apex), strict=True):
                with whole_file(target) as draft:
                    Image.fromarray(clip.frames[number]).save(draft, "PNG")


def _expression(photograph: np.ndarray, landmarks: np.ndarray, example: Example):
    from micron_bert.synthesis.clips.scene import synthesize_scene
    from micron_bert.synthesis.films.still import FRAME, place

    rng = np.random.default_rng(example.seed)
    # framed as the others are, or the frame would give the answer away
    still = place(photograph, landmarks, rng)
    picture = cv2.resize(still.image, FRAME[::-1], interpolation=cv2.INTER_AREA)
    options = {"amplitude": AMPLITUDE, "fps": FPS, "lead": LEAD, "tail": TAIL}
    return synthesize_scene(picture, still.landmarks, example.emotion, rng=rng, **options)


def _film(photograph: np.ndarray, landmarks: np.ndarray, example: Example) -> Iterable[np.ndarray]:
    from micron_bert.synthesis.films.event_rates import EventRates
    from micron_bert.synthesis.films.film import synthesize_film

    rates = EventRates(**STILL, blink=example.blink, speech=example.speech)
    film = synthesize_film(photograph, landmarks, example.film, FPS, np.random.default_rng(example.seed), rates=rates)
    first, last = (round(seconds * FPS) for seconds in example.seconds)
    return film.frames(first, min(last, len(film)))
