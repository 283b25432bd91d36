"""The films that go into shards: files, folders of films or of frames, addresses, datasets."""

import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import fsspec

from micron_bert.data.loading import find_source, load
from micron_bert.data.pictures import LISTED
from micron_bert.data.shards.store import reason_of
from micron_bert.errors import InputError
from micron_bert.video.picture import is_picture
from micron_bert.video.reader import VIDEO_SUFFIXES

PERSON = ("film", "folder")


@dataclass(frozen=True)
class Film:
    """
    Attributes:
        name (`str`): unique among the films; where it lies below what was named.
        path (`str`): file, folder of frames, or address.
        person (`str`): whom it shows, as far as names tell; people are held out by this.
        fps (`float` or `None`): frames per second of a folder of frames, where it is known.
    """

    name: str
    path: str
    person: str
    fps: float | None = None


def list_films(sources: Sequence[str], person: str = "film") -> list[Film]:
    """
    All films of some sources, by name.

    Args:
        sources (`Sequence[str]`):
            Films, folders with films or with frames at any depth, addresses that `fsspec` knows (`hf://…`, `s3://…`),
            or `NAME:FOLDER`, a dataset as its owners hand it out, such as `casme_sq2:/data/casme2`.
        person (`str`, defaults to `"film"`):
            Whom a film shows: `"film"` (somebody of its own), `"folder"` (whoever the folder is named after), or a
            regular expression with one group that finds the name in the path. Datasets know their subjects.

    Raises:
        [`InputError`]: a source is missing, cannot be read or holds no film, or `person` finds nothing in a path.
    """
    films = []
    for source in sources:
        name, _, folder = source.partition(":")
        if "://" in source:
            found = list(_at_address(source, person))
        elif len(name) > 1 and folder and not Path(source).exists():
            found = list(_of_dataset(name, folder))
        else:
            found = list(_in_folder(Path(source).expanduser(), person))
        if not found:
            raise InputError(f"There is no film in `{source}`; give video files, or folders of them or of frames.")
        films += found
    names: dict[str, str] = {}
    for film in films:
        if names.setdefault(film.name, film.path) != film.path:
            raise InputError(f"`{names[film.name]}` and `{film.path}` have one name; name the folder above both.")
    return sorted({film.name: film for film in films}.values(), key=lambda film: film.name)


@contextmanager
def local_copy(film: Film) -> Iterator[Path]:
    """The film on this machine: where it lies, or downloaded until the block ends; of a folder its pictures."""
    if "://" not in film.path:
        yield Path(film.path)
        return
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / PurePosixPath(film.path).name
        try:
            fs, path = fsspec.url_to_fs(film.path)
            if path.lower().endswith(VIDEO_SUFFIXES):
                fs.get_file(path, str(target))
            else:
                target.mkdir()
                for picture in filter(is_picture, fs.ls(path, detail=False)):
                    fs.get_file(picture, str(target / PurePosixPath(picture).name))
        except Exception as error:  # each file system has errors of its own
            raise InputError(f"`{film.path}` cannot be read: {reason_of(error)}.") from error
        yield target


def _at_address(source: str, person: str) -> Iterator[Film]:
    try:
        fs, root = fsspec.url_to_fs(source)
        # (`exists` says no as well where nobody answers)
        files = sorted(fs.find(root)) if fs.info(root)["type"] == "directory" else [root]
    except FileNotFoundError as error:
        raise InputError(f"There is nothing at `{source}`, or you may not see it; check the address.") from error
    except Exception as error:
        raise InputError(f"`{source}` cannot be read: {reason_of(error)}.") from error
    pictures = Counter(str(PurePosixPath(path).parent) for path in filter(is_picture, files))
    films = [path for path in files if path.lower().endswith(VIDEO_SUFFIXES)]
    for path in films + [folder for folder, count in pictures.items() if count > 1]:
        name = path[len(root) :].strip("/") or PurePosixPath(path).name
        yield Film(name, fs.unstrip_protocol(path), _person(PurePosixPath(path), name, person))


def _in_folder(source: Path, person: str) -> Iterator[Film]:
    if source.is_file():
        yield Film(source.name, str(source.resolve()), _person(source.resolve(), source.name, person))
        return
    if not source.is_dir():
        raise InputError(f"There is no film or folder `{source}`; check the path.")
    for folder, inner, files in os.walk(source):
        inner.sort()
        here = Path(folder)
        films = [here / name for name in files if name.lower().endswith(VIDEO_SUFFIXES)]
        if sum(map(is_picture, files)) > 1:
            films.append(here)
        for path in films:
            name = path.relative_to(source).as_posix() if path != source else source.resolve().name
            yield Film(name, str(path.resolve()), _person(path.resolve(), name, person))


def _of_dataset(name: str, folder: str) -> Iterator[Film]:
    """The pictures or films of a dataset's clips, whatever is annotated in them."""
    name, _ = find_source(name)
    seen = set()
    for row in load(name, folder, pictures=LISTED).clips:  # a picture that cannot be read is named when it is needed
        frames = row["frames"]
        if not frames:
            continue
        path = frames[0] if frames[0].lower().endswith(VIDEO_SUFFIXES) else str(Path(frames[0]).parent)
        if path not in seen:
            seen.add(path)
            place = Path(os.path.relpath(path, folder)).as_posix()
            yield Film(f"{name}/{place}", path, f"{name}/{row['subject']}", row["fps"])


def _person(path: PurePosixPath | Path, name: str, person: str) -> str:
    if person in PERSON:
        return name if person == "film" else path.parent.name
    try:
        found = re.search(person, path.as_posix())
    except re.error as error:
        raise InputError(f"`person` is `{person}`: {error}; pass film, folder, or a regular expression.") from error
    if found is None or not found.groups() or not found[1]:
        raise InputError(f"`person` `{person}` finds no group in `{path}`; pass film, folder, or another expression.")
    return found[1]
