"""Long videos with the expressions that are annotated in them: the field's datasets, and synthetic films."""

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from micron_bert.data.loading import find_source
from micron_bert.data.paths import CROPPED, RAW, Tree, frame_number, without_copies
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.errors import InputError
from micron_bert.evaluation.spotting.scores import TrueExpression
from micron_bert.labels.classes import three_class
from micron_bert.labels.emotions import EMOTION_LABELS
from micron_bert.synthesis.films.film import FilmEvent
from micron_bert.synthesis.films.film_set import VIDEOS, read_films
from micron_bert.video.picture import is_picture, natural_key

FILMS = "films"
LONG_VIDEOS = ("casme_sq2", "samm_long", "smic_hs_e", "smic_vis_e", "smic_nir_e", "casme3", FILMS)


@dataclass(frozen=True)
class LongVideo:
    """
    A video and its annotations.

    Attributes:
        subject, video (`str`): who, and which of their videos.
        source (`Path`): video file or folder of frames.
        fps (`float`): at which it was recorded.
        numbers (`range` or `list[int]`): the dataset's number of each frame that is there.
        truth (`list[TrueExpression]`): places of frames among those that are there, from 0.
    """

    subject: str
    video: str
    source: Path
    fps: float
    numbers: range | list[int]
    truth: list[TrueExpression]

    @property
    def minutes(self) -> float:
        """Length of what is there."""
        return len(self.numbers) / self.fps / 60


def read_long_videos(
    name: str, path: str | os.PathLike, annotation: str | os.PathLike | None = None
) -> tuple[list[LongVideo], Report]:
    """
    Read a dataset of long videos from the folder as its owners hand it out, or films that `write_films` wrote.

    Videos beside the annotated ones, in which nobody saw an expression, belong to a database too: what is spotted in
    them is wrong.

    Args:
        name (`str`):
            One of `casme_sq2`, `samm_long`, `smic_hs_e`, `smic_vis_e`, `smic_nir_e`, `casme3`, or `films`.
        path (`str` or `os.PathLike`):
            The folder, at any level above the videos.
        annotation (`str` or `os.PathLike`, *optional*):
            The sheet; looked for in the folder if left out. That of CAS(ME)^3 with macro-expressions has to be named.

    Returns:
        `tuple[list[LongVideo], Report]`: by subject and video, and what was left out on the way.

    Raises:
        [`InputError`]: the dataset has no long videos, or its folder none of their pictures.
    """
    if name == FILMS:
        return _read_films(Path(path)), Report(FILMS, str(path))
    name, source = find_source(name)
    if name not in LONG_VIDEOS:
        raise InputError(f"`{name}` has no long videos; spotting needs one of {', '.join(LONG_VIDEOS)}.")
    sheet = Path(annotation).expanduser() if annotation is not None else None
    if sheet is not None and not sheet.is_file():
        raise InputError(f"There is no sheet `{sheet}`; check the path.")
    tree = Tree(path)
    report = Report(name, str(tree.root))
    clips = source.read(tree, report, sheet)
    report.annotated = len(clips)
    # the folder of a single interval is no long video
    long = [clip for clip in clips if not clip.whole or name.endswith("_e")]
    variants = {tree.variant(folder) for clip in long for folder in clip.folders}
    variant = RAW if RAW in variants else CROPPED
    report.variant = variant if variants else None
    found: dict[Path, list[Clip]] = {}
    for clip in long:
        folders = [folder for folder in clip.folders if tree.variant(folder) == variant and numbers_in(folder)]
        if folders:
            found.setdefault(folders[0], []).append(clip)
        else:
            report.drop(clip.name, "there are no pictures of its video")
    if not found:
        raise InputError(
            f"`{tree.root}` has none of the long videos of {source.title}; they are in folders such as "
            f"`{source.layout}`. Name the folder above them."
        )
    subjects = {folder: clips[0].subject for folder, clips in found.items()}
    for folder in _unannotated(tree, found, variant):
        report.note(str(folder), "nothing is annotated in this video")
        subjects[folder] = _subject(folder, subjects)
    videos = [
        LongVideo(
            subjects[folder],
            _home(folder)[1],
            folder,
            next(iter(found.values()))[0].fps,
            numbers := numbers_in(folder),
            _expressions(found.get(folder, ()), numbers, name, report),
        )
        for folder in subjects
    ]
    report.loaded = sum(len(video.truth) for video in videos)
    return sorted(videos, key=lambda video: (natural_key(video.subject), natural_key(video.video))), report


def _read_films(folder: Path) -> list[LongVideo]:
    return [
        LongVideo(
            subject, name, folder / VIDEOS / f"{name}.mp4", film.fps, range(film.frames), film_truth(film.events)
        )
        for (subject, name), film in read_films(folder).items()
    ]


def film_truth(events: Iterable[FilmEvent]) -> list[TrueExpression]:
    """The expressions of a film, with the class of their emotion."""
    return [
        TrueExpression(event.onset, event.offset, event.kind, EMOTION_LABELS[event.emotion], event.amplitude)
        for event in events
    ]


def _expressions(clips: Iterable[Clip], numbers: list[int], name: str, report: Report) -> list[TrueExpression]:
    truth = []
    for clip in clips:
        if clip.offset is None or clip.offset < clip.onset:
            report.drop(clip.name, "it has no end")
            continue
        first, last = bisect_left(numbers, clip.onset), bisect_right(numbers, clip.offset) - 1
        if last < first:
            report.drop(clip.name, f"its video has no frame from {clip.onset} to {clip.offset}")
            continue
        one = TrueExpression(first, last, clip.interval_type, three_class(clip.emotion, name))
        if one in truth:
            report.drop(clip.name, "it repeats another row")
        else:
            truth.append(one)
    return truth


def numbers_in(folder: Path) -> list[int]:
    """Numbers of the frames in a folder, in order."""
    names = [name for name in without_copies(os.listdir(folder)) if is_picture(name)]
    return sorted(number for number in map(frame_number, names) if number is not None)


def _home(folder: Path) -> tuple[Path, str]:
    """The folder that holds a subject's videos, and the name of the video: `a` of `spNO.1/a/color`."""
    inner = folder.name.lower() == "color"
    return (folder.parent.parent, folder.parent.name) if inner else (folder.parent, folder.name)


def _unannotated(tree: Tree, found: dict[Path, list[Clip]], variant: str) -> list[Path]:
    """The other videos beside those in which something is annotated."""
    others = []
    for home in dict.fromkeys(_home(folder)[0] for folder in found):
        for folder in tree.below(home):
            colour = [inner for inner in tree.below(folder) if inner.name.lower() == "color"]
            folder = colour[0] if colour else folder
            if folder not in found and tree.variant(folder) == variant and numbers_in(folder):
                others.append(folder)
    return others


def _subject(folder: Path, subjects: dict[Path, str]) -> str:
    """Whose video it is: `006` of `006_1` where videos are named so, else of whoever the folder belongs to."""
    beside = {
        _home(other)[1]: subject for other, subject in subjects.items() if _home(other)[0] == _home(folder)[0]
    }  # fmt: skip
    if all(video.partition("_")[0] == subject for video, subject in beside.items()):
        return _home(folder)[1].partition("_")[0]
    return next(iter(beside.values()))
