"""Videos and folders of frames in which nothing is annotated, such as the grand challenge's test sets."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from micron_bert.data.paths import Tree
from micron_bert.evaluation.spotting.long_videos import numbers_in
from micron_bert.evaluation.spotting.runs import candidate_of
from micron_bert.evaluation.spotting.submission import prediction_file, read_predictions, write_predictions
from micron_bert.metrics.spotting import VideoInterval
from micron_bert.output_folder import claim_folder
from micron_bert.recognition.result_files import ours_in
from micron_bert.spotting.interval import Spotting
from micron_bert.video.picture import is_picture

SETTINGS = "settings.json"  # what the set was begun with
OWN = "predictions.csv"  # of one film; it is written last, so a film that has it is done
RATES = {"samm_pred.csv": 200.0, "cas_pred.csv": 30.0}  # of the challenge's folders of frames


@dataclass(frozen=True)
class Film:
    """
    A film of a set.

    Attributes:
        subject, video (`str`): who, and which of their films.
        source (`Path`): video file or folder of frames.
        place (`Path`): where it lies in the set, without suffix.
        file (`str`): the file of predictions that it belongs to.
        fps (`float` or `None`): at which a folder of frames was recorded, where the dataset tells.
    """

    subject: str
    video: str
    source: Path
    place: Path
    file: str
    fps: float | None


def find_films(root: Path) -> list[Film]:
    """
    The films below a folder; none of a folder that is a film itself. An `annotated.mp4` among results is no film.

    A film `CAS/spNO.1/a/color` is `a` of `spNO.1`, `006_1` is of `006`, and `talk.mp4` of whom it is called after.
    """
    if not root.is_dir() or any(is_picture(path.name) for path in root.iterdir()):
        return []
    tree = Tree(root)
    folders = [folder for folder in tree.folders[1:] if folder.name.lower() != "depth" and numbers_in(folder)]
    films = []
    videos = [video for video in tree.videos if video not in ours_in(video.parent)]
    for source in (*folders, *videos):
        inside = source.relative_to(tree.root)
        parts = [part for part in inside.parts if part.lower() != "color"]
        video = Path(parts[-1]).stem if source.is_file() else parts[-1]
        numbered = re.fullmatch(r"(\d+)_\d+", video)
        subject = numbered[1] if numbered else parts[-2] if len(parts) > 1 else video
        file = prediction_file("/".join((tree.root.name, *inside.parts)))
        place = inside if source.is_dir() else inside.with_suffix("")
        films.append(Film(subject, video, source, place, file, RATES.get(file) if source.is_dir() else None))
    return films


def films_of(sources: Sequence[Path]) -> list[Film]:
    """Films that are named one by one, and those below folders of films; names that repeat get a number."""
    films, taken = [], set()
    for source in sources:
        several = find_films(source)
        name = source.stem if source.is_file() else source.name
        alone = Film(name, name, source, Path(), prediction_file(source.name), None)
        for film in several or [alone]:
            place, number = Path(name) / film.place, 1
            while place in taken:
                number += 1
                place = Path(f"{name}-{number}") / film.place
            taken.add(place)
            films.append(replace(film, place=place))
    return films


def spot_films(
    films: Sequence[Film],
    output: Path,
    settings: dict,
    spot: Callable[[Sequence[Film]], Iterator[tuple[int, Spotting | Exception]]],
    write: Callable[[Film, Spotting, Path], None] = lambda film, spotting, folder: None,
    tell: Callable[[str], None] = lambda said: None,
) -> tuple[list[Path], list[tuple[Film, str]]]:
    """
    Spots in films; a run that was interrupted goes on.

    Args:
        films (`Sequence[Film]`):
            What [`find_films`] or [`films_of`] gave.
        output (`Path`):
            Folder: new, empty, or of an interrupted run with the same settings.
        settings (`dict`):
            What the results depend on, for JSON.
        spot (`Callable`):
            Spots in films and gives the number of each among them and what was found, or what went wrong, as they end.
        write (`Callable[[Film, Spotting, Path], None]`, *optional*):
            Writes the report of a film into its folder.
        tell (`Callable[[str], None]`, *optional*):
            Called with a sentence for every film.

    Returns:
        `tuple[list[Path], list[tuple[Film, str]]]`: the files of predictions, and the films that could not be looked
        at, each with the reason; the others are done.

    Raises:
        [`InputError`]: the folder holds something else.
    """
    claim_folder(output, settings, SETTINGS)
    failures: list[tuple[Film, str]] = []
    left = [film for film in films if not (output / film.place / OWN).is_file()]
    for count, (number, found) in enumerate(spot(left) if left else (), 1 + len(films) - len(left)):
        film = left[number]
        folder = output / film.place
        tell(f"{count} of {len(films)}: {film.subject}/{film.video}")
        try:
            if isinstance(found, Exception):
                raise found
            folder.parent.mkdir(parents=True, exist_ok=True)
            write(film, found, folder)
            folder.mkdir(exist_ok=True)
            write_predictions(folder / OWN, _predictions(film, found))
        except (ValueError, OSError) as error:
            failures.append((film, str(error)))
    failures.sort(key=lambda failure: films.index(failure[0]))
    predictions: dict[str, list[VideoInterval]] = {film.file: [] for film in films}
    for film in films:
        if (output / film.place / OWN).is_file():
            predictions[film.file] += read_predictions(output / film.place / OWN)
    return [write_predictions(output / name, intervals) for name, intervals in predictions.items()], failures


def _predictions(film: Film, spotting: Spotting) -> list[VideoInterval]:
    """Micro-expressions in the numbers that the frames have in their names, or as a film counts, from 0."""
    numbers = numbers_in(film.source) if film.source.is_dir() else None

    def number(place: int) -> int:
        return numbers[min(place, len(numbers) - 1)] if numbers else place

    found = [candidate_of(interval) for interval in spotting.intervals if interval.kind == "micro"]
    return [VideoInterval(film.subject, film.video, number(one.onset), number(one.offset), one.label) for one in found]
