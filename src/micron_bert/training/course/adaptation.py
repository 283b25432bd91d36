"""Adapting the course head to one person, by films in which that person shows no expression."""

import os
from collections.abc import Callable, Sequence

import numpy as np
from transformers.utils.logging import disable_progress_bar

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.data.examples.real_films import load_real_films
from micron_bert.errors import InputError
from micron_bert.output_folder import begun, check_output, json_text, write_text
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.synthesis.real.film import RealFilm
from micron_bert.training.course.examples import EVENT, Example, course_of
from micron_bert.training.course.injection import FieldBank
from micron_bert.training.course.learning import learn
from micron_bert.training.course.real_films import draw_example

RECORD = "adaptation.json"
LEAST_SECONDS = 9.0  # of film; three seconds make the answers worse
STEPS, ENOUGH = 400, 30.0  # batches, from so many seconds of film on; fewer of less, or they would be known by heart
RATE = 5e-4  # highest learning rate, a third of that of a new head
EVERY = 1.5  # seconds of film for an example with expressions in its pictures
MOST = 200  # such examples
SHOWN = 0.5  # share of these among what is learned from
INJECTED = 0.3  # share of the windows into which further expressions are injected, as displacements
FIELDS = 1000  # expressions on the person's own face
AT_REST, WITH = "own", "real"  # sources of the examples


def adapt(
    films: list[str],
    output: str | os.PathLike,
    model: str | os.PathLike | None = None,
    steps: int | None = None,
    seed: int = 0,
    cache: str | os.PathLike | None = None,
    report: Callable[[str], None] = print,
) -> dict:
    """
    Teaches the course head of a model how one person moves while no expression is shown.

    A head errs most on people whose speech it does not know. Here it learns from a person's own films, as they are and
    with expressions put into their pictures. Its calibration and thresholds stay as they are.

    Args:
        films (`list[str]`):
            Films of the person, or folders of them. What happens in them is taken for no expression.
        output (`str` or `os.PathLike`):
            Folder of the adapted model.
        model (`str` or `os.PathLike`, *optional*):
            Folder of the model to start from; the one in the package when left out.
        steps (`int`, *optional*):
            Batches to learn from; 400 from half a minute of film on, and in proportion of less, if left out.
        seed (`int`, defaults to 0):
            Of all that is random.
        cache (`str` or `os.PathLike`, *optional*):
            Folder that keeps the followed faces; one in the user's cache when left out.
        report (`Callable`):
            Called with lines about the progress.

    Returns:
        `dict`: films, seconds, steps and seed; also written to `adaptation.json`.

    Raises:
        InputError: less than nine seconds show a face, the model reads no courses, or the output is taken.
    """
    folder = check_output(output, films, ours=begun(RECORD))
    recognizer = Recognizer.from_pretrained(model or str(shipped_checkpoint()), "cpu", runtime="torch")
    network = recognizer.model
    if network.course is None:
        raise InputError(f"The model `{model}` has no course head; train one with `micron_bert.training.course`.")
    shown = load_real_films(films, recognizer.size, cache)
    seconds = sum(float(film.times[-1] - film.times[0]) for film in shown)
    if seconds < LEAST_SECONDS:
        raise InputError(
            f"The films show the face for {seconds:.1f} s; give {LEAST_SECONDS:.0f} s or more, best a minute or two."
        )
    examples = examples_of(shown, recognizer, seed, report)
    faces = [film.landmarks[film.typical] for film in shown]
    steps = teach(recognizer, examples, faces, steps, seed, report)
    record = {
        "films": sorted({film.film for film in shown}),
        "seconds": round(seconds, 2),
        "steps": steps,
        "seed": seed,
    }
    disable_progress_bar()  # of saving
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / RECORD, json_text(record))  # first, so that a run that was killed can be repeated
    recognizer.processor.save_pretrained(folder)
    network.save_pretrained(folder)
    return record


def teach(
    recognizer: Recognizer,
    examples: list[Example],
    faces: list[np.ndarray],
    steps: int | None = None,
    seed: int = 0,
    report: Callable[[str], None] = print,
) -> int:
    """
    Trains the model's course head, in place, on courses of a person with these landmarks `(468, 2)` in the crop.

    Returns the number of batches.
    """
    if steps is None:
        seconds = sum(60 * one.minutes for one in examples if one.source == AT_REST)
        steps = round(STEPS * min(1.0, seconds / ENOUGH))
    network, rng = recognizer.model, np.random.default_rng(seed)
    bank = FieldBank.draw(faces, recognizer.size, FIELDS, network.config.grid_size, rng)
    shares = {AT_REST: 1 - SHOWN, WITH: SHOWN}
    learn(network.course, examples, shares, steps, bank, seed, report, RATE, INJECTED)
    return steps


def examples_of(
    films: Sequence[RealFilm], recognizer: Recognizer, seed: int = 0, report: Callable[[str], None] = print
) -> list[Example]:
    """Courses of films without expressions, as they are and with expressions in their pictures."""
    examples = []
    seconds = sum(float(film.times[-1] - film.times[0]) for film in films)
    every = max(EVERY, seconds / MOST)
    for number, film in enumerate(films):
        course = course_of(film.frames, film.times - film.times[0], recognizer)
        examples.append(Example(*course, np.zeros((0, len(EVENT))), film.subject, AT_REST))
        for draw in range(max(1, round((film.times[-1] - film.times[0]) / every))):
            rng = np.random.default_rng([seed, number, draw])
            examples.append(draw_example(WITH, rng, [film], [], recognizer, {}))
        report(f"{film.name}: {len(film)} frames, {number + 1} of {len(films)}")
    return examples
