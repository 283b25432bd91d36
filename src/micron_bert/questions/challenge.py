"""The grand challenge's questions as JSON lines: read, answered, written, and scored where the answers are known."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.output_folder import write_text
from micron_bert.questions.question import NoAnswer
from micron_bert.questions.questioner import Questioner

# the field that names the clip: of the training files, then of the test files
CLIP_FIELDS = ("filename", "image_id", "video")
VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg")
NO_ANSWER = "none"  # what is written where nothing that was measured answers


@dataclass(frozen=True)
class Row:
    """
    One question of the challenge.

    Attributes:
        fields (`dict`): all that the line holds, in its order.
        clip (`str`): the clip's name.
        question (`str`): as it is written.
        answer (`str`, *optional*): the true one, where it is known.
    """

    fields: dict
    clip: str
    question: str
    answer: str | None


def read_questions(path: str | os.PathLike) -> list[Row]:
    """
    The rows of a file of JSON lines, in either form of the challenge: `dataset, image_id, subject, filename, question,
    answer` or `video_id, video, question, answer`.

    Raises:
        [`InputError`]: there is no such file, a line is no JSON object, or it lacks a field.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no file of questions `{path}`; check the path.")
    rows = []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"`{path}` cannot be read as text in UTF-8: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            rows.append(_row(line, f"line {number} of `{path}`"))
    if not rows:
        raise InputError(f"`{path}` holds no questions.")
    return rows


def _row(line: str, where: str) -> Row:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"What stands in {where} is no JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise InputError(f"What stands in {where} is no JSON object with fields such as `question`.")
    clip = next((fields[name] for name in CLIP_FIELDS if fields.get(name)), None)
    if clip is None:
        raise InputError(f"There is no clip in {where}; one of the fields {', '.join(CLIP_FIELDS)} must name it.")
    if not isinstance(fields.get("question"), str) or not fields["question"].strip():
        raise InputError(f"There is no `question` in {where}.")
    answer = fields.get("answer")
    if answer is not None and not isinstance(answer, str):
        raise InputError(f"The `answer` in {where} is no text.")
    return Row(fields, str(clip), fields["question"], answer or None)


def write_answers(rows: Sequence[Row], answers: Sequence[str], path: str | os.PathLike) -> Path:
    """The rows with these answers as JSON lines, every other field as it was; complete or not at all."""
    lines = [
        json.dumps(row.fields | {"answer": text}, ensure_ascii=False) for row, text in zip(rows, answers, strict=True)
    ]
    return write_text(Path(path), "\n".join(lines) + "\n")


def find_clip(root: str | os.PathLike, row: Row) -> Path:
    """
    The video or folder of frames of a row: `CLIP`, `SUBJECT/CLIP`, `DATASET/CLIP` or `DATASET/SUBJECT/CLIP` under the
    root, with the name as it is or with the ending of a video.

    Raises:
        [`InputError`]: there is none, or the name leads out of the root.
    """
    root = Path(root)
    fields = row.fields
    subject = str(fields.get("subject") or "")
    subjects = dict.fromkeys((subject, subject.zfill(3), f"sub{subject.zfill(2)}")) if subject else {}
    dataset = str(fields.get("dataset") or "")
    folders = ["", *subjects, *([dataset, *(f"{dataset}/{one}" for one in subjects)] if dataset else [])]
    for folder in folders:
        for ending in ("", *VIDEOS):
            path = root / folder / f"{row.clip}{ending}"
            if path.exists():
                if not path.resolve().is_relative_to(root.resolve()):
                    raise InputError(f"The clip `{row.clip}` leads out of `{root}`; it must lie in it.")
                return path
    raise InputError(
        f"The clip `{row.clip}` is not in `{root}`; it must be a folder of frames or a video of that name there, or "
        "in a folder of the subject or of the dataset."
    )


def answer_questions(
    rows: Sequence[Row],
    root: str | os.PathLike,
    questioner: Questioner,
    progress: Callable[[int, int], None] | None = None,
    left_out: Callable[[str, str], None] | None = None,
    **options,
) -> list[str]:
    """
    The answers to rows, clip by clip, so that each is measured once.

    Args:
        rows (`Sequence[Row]`): the questions.
        root (`str` or `os.PathLike`): where the clips are.
        questioner ([`Questioner`]): should assume an expression where the clips were cut to one.
        progress (`Callable`, *optional*): gets how many are answered, and how many there are.
        left_out (`Callable`, *optional*): gets the name of each clip that cannot be used, and why; the answers about
            it are `none`, and the others go on. The first one ends the work where it is left out.
        options: what [`Questioner.ask`] takes.

    Raises:
        [`InputError`]: a clip is missing (before any is measured), or none can be used.
    """
    places = [find_clip(root, row) for row in rows]
    answers: list[str | None] = [None] * len(rows)
    done, unusable = 0, {}
    for place in dict.fromkeys(places):
        for number, row in enumerate(rows):
            if places[number] == place:
                answers[number] = NO_ANSWER
                try:
                    if place not in unusable:
                        answers[number] = questioner.ask(place, row.question, **options).text
                except NoAnswer:
                    pass
                except InputError as error:
                    if left_out is None:
                        raise
                    unusable[place] = str(error)
                    left_out(row.clip, str(error))
                done += 1
                if progress is not None:
                    progress(done, len(rows))
    if rows and len(unusable) == len(set(places)):
        raise InputError(f"None of the {len(unusable)} clips can be used; the first: {next(iter(unusable.values()))}")
    return answers
