"""Two aligned faces and a film inside the model's repository, so that the snippets of its card run as they stand."""

import shutil
from pathlib import Path

from PIL import Image

from micron_bert.recognition.pair_sheet import draw_views
from micron_bert.recognition.pair_views import pair_views, titles_of
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.recognition.report import sentence

FOLDER = "examples"


def write_examples(folder: Path, recognizer: Recognizer) -> str:
    """
    Writes `onset.png` and `apex.png`, as large as the model's input, `movement.png`, the model's answer for them, and
    `film.mp4`, which they are from.

    Args:
        folder (`Path`): the repository.
        recognizer ([`Recognizer`]): with the model.

    Returns:
        `str`: what the model says of the pair, as a sentence.
    """
    from micron_bert.synthesis.example_clips import make_examples

    clips, pair = make_examples()
    recognition = recognizer.recognize_pair(*pair)
    (folder / FOLDER).mkdir()
    shutil.copy(clips[0], folder / FOLDER / "film.mp4")
    for name, face in zip(("onset", "apex"), recognition.pair.frames, strict=True):
        Image.fromarray(face).save(folder / FOLDER / f"{name}.png")
    told = sentence(recognition)
    sheet = draw_views(pair_views(recognition), titles_of(recognition), told)
    Image.fromarray(sheet).save(folder / FOLDER / "movement.png")
    return told
