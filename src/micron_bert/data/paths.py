"""Finding the folders of a dataset however its archives were unpacked."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from micron_bert.data.sheets import OTHER_SUFFIXES, TABLE_SUFFIXES
from micron_bert.data.tables import squeeze
from micron_bert.errors import InputError
from micron_bert.video.picture import PICTURE_SUFFIXES, natural_key
from micron_bert.video.reader import VIDEO_SUFFIXES

COPY = re.compile(r"(?:\s*\(\d+\)|\s*-\s*copy(?:\s*\(\d+\))?|\s+copy(?:\s*\d+)?)(\.\w+)$", re.IGNORECASE)
RAW, CROPPED = "raw", "cropped"


def frame_number(name: str) -> int | None:
    """The last number in the name of a picture: 46 of `reg_img46.jpg`, 5562 of `006_05562.jpg`."""
    numbers = re.findall(r"\d+", name.rsplit(".", 1)[0])
    return int(numbers[-1]) if numbers else None


def without_copies(names: Iterable[str]) -> list[str]:
    """
    Names of files without the copies that a system made of them beside the originals.

    `image000606 (1).bmp` beside `image000606.bmp` and `img37 - Copy.jpg` beside `img37.jpg` are copies; `face (1).jpg`
    alone is a frame.
    """
    names = list(names)
    there = set(names)
    return [name for name in names if COPY.sub(r"\1", name) == name or COPY.sub(r"\1", name) not in there]


def loose(name: str) -> str:
    """A name without case and zero-padding: `spNO.1` and `spNo.1`, `s03_ne_01` and `s3_ne_01` are one."""
    return re.sub(r"\d+", lambda number: str(int(number[0])), name.lower())


class Tree:
    """
    The content of a folder, walked once; hidden folders and leftovers of archives are skipped.

    Args:
        root (`str` or `os.PathLike`):
            The folder that the user names.
        outside (`bool`, defaults to `False`):
            Whether paths in a sheet may lead out of the sheet's folder.

    Attributes:
        folders (`list[Path]`): all folders, in natural order.
        tables (`list[Path]`): spreadsheets.
        other_tables (`list[Path]`): spreadsheets of kinds that are not read.
        videos (`list[Path]`): video files.

    Raises:
        [`InputError`]: there is no such folder.
    """

    def __init__(self, root: str | os.PathLike, outside: bool = False):
        self.root, self.outside = Path(root).expanduser().absolute(), outside
        if not self.root.is_dir():
            kind = "is a file, not a folder" if self.root.exists() else "does not exist"
            raise InputError(f"The folder `{self.root}` {kind}; name the folder that holds the dataset.")
        self.folders: list[Path] = []
        self.tables: list[Path] = []
        self.other_tables: list[Path] = []
        self.videos: list[Path] = []
        walked = set()
        for folder, below, files in os.walk(self.root, followlinks=True):
            place = os.path.realpath(folder)
            if place in walked:  # a link back
                below.clear()
                continue
            walked.add(place)
            below[:] = sorted((f for f in below if not f.startswith(".") and f != "__MACOSX"), key=natural_key)
            self.folders.append(Path(folder))
            for name in sorted(files, key=natural_key) if len(files) < 100 else _no_pictures(files):
                suffix = os.path.splitext(name)[1].lower()
                if name.startswith((".", "~")):
                    continue
                if suffix in TABLE_SUFFIXES:
                    self.tables.append(Path(folder, name))
                elif suffix in OTHER_SUFFIXES:
                    self.other_tables.append(Path(folder, name))
                elif suffix in VIDEO_SUFFIXES:
                    self.videos.append(Path(folder, name))
        self._by_name: dict[str, list[Path]] = {}
        for folder in self.folders:
            self._by_name.setdefault(loose(folder.name), []).append(folder)
        self._below: dict[Path, list[Path]] = {}
        for folder in self.folders[1:]:
            self._below.setdefault(folder.parent, []).append(folder)

    def add_tables(self, folder: Path) -> None:
        """Spreadsheets of another folder, where the one lies that the user named: its companions are beside it."""
        beside = (path for path in folder.absolute().iterdir() if path.suffix.lower() in TABLE_SUFFIXES)
        beside = (path for path in beside if not path.name.startswith((".", "~")) and path.is_file())
        self.tables += sorted(set(beside) - set(self.tables), key=lambda path: natural_key(path.name))

    def __contains__(self, folder: Path) -> bool:
        return folder in self._by_name.get(loose(folder.name), ())

    def below(self, folder: Path) -> list[Path]:
        """The folders right below a folder."""
        return self._below.get(folder, [])

    def find(self, *tail: str) -> list[Path]:
        """
        Folders whose path ends like this, wherever they are below the root.

        Spelled exactly so if there are such, else with another case, else with other zero-padding.

        Args:
            tail (`str`):
                Names of folders, such as `"sub01", "EP02_01f"`.
        """
        found = [folder for folder in self._by_name.get(loose(tail[-1]), ()) if self._ends(folder, tail, loose)]
        for spelling in (str, str.lower):
            closer = [folder for folder in found if self._ends(folder, tail, spelling)]
            if closer:
                return closer
        return found

    def _ends(self, folder: Path, tail: tuple[str, ...], spelling) -> bool:
        parts = folder.parts[-len(tail) :]
        return len(parts) == len(tail) and all(spelling(a) == spelling(b) for a, b in zip(parts, tail, strict=True))

    def videos_named(self, stem: str) -> list[Path]:
        """Video files of this name, whatever case and padding."""
        return [video for video in self.videos if loose(video.stem) == loose(stem)]

    def tables_named(self, *patterns: str) -> list[Path]:
        """
        Spreadsheets whose name matches, the first pattern's before the second's.

        Args:
            patterns (`str`):
                Regular expressions over names without case, spaces, brackets and punctuation, as archives and systems
                change those.
        """
        found = [table for pattern in patterns for table in self.tables if re.search(pattern, squeeze(table.stem))]
        return list(dict.fromkeys(found))

    def variant(self, folder: Path) -> str:
        """`"cropped"` where a folder on the way from the root, or the root, says so; else `"raw"`."""
        inside = folder.is_relative_to(self.root)
        parts = [self.root.name, *folder.relative_to(self.root).parts] if inside else [folder.name]
        if any(re.search(r"crop|preprocess", part, re.IGNORECASE) for part in parts):
            return CROPPED
        return CROPPED if any(part.lower().startswith("reg_") for part in _first_names(folder)) else RAW


def _no_pictures(files: list[str]) -> list[str]:
    others = [name for name in files if os.path.splitext(name)[1].lower() not in PICTURE_SUFFIXES]
    return sorted(others, key=natural_key)


def _first_names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry, _ in zip(entries, range(3), strict=False)]
