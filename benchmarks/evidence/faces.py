"""The faces of the benchmark: kept in a cache that processes share, split by person, with what is known of them."""

import csv
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from micron_bert.cache_key import cache_key
from micron_bert.synthesis.portraits import Portrait, load_portraits
from micron_bert.training.calibrate import split_held_out
from micron_bert.video.picture import PICTURE_SUFFIXES

INFORMATION = "london_info.csv"


@dataclass(frozen=True)
class Faces:
    """
    All portraits, and who is held out: by name, as `micron-bert finetune` and `micron-bert calibrate` do it.

    Those on whom a calibration is fitted are in no part: a model was adapted to them, so they do not judge it.

    Attributes:
        folder (`Path`): where the portraits lie in the cache.
        digest (`str`): of the pictures, their people and the working size.
        portraits (`list[Portrait]`): pictures mapped into memory.
        people (`list[str]`): names, sorted; a pair says by index whom it shows.
        train, test (`list[int]`): portraits of the training people and of those on whom nothing is fitted.
        groups (`dict[str, dict[str, str]]`): age, sex and ethnicity by name, where they are known.
    """

    folder: Path
    digest: str
    portraits: list[Portrait]
    people: list[str]
    train: list[int]
    test: list[int]
    groups: dict[str, dict[str, str]]

    @classmethod
    def load(cls, folders: list[Path], size: int, cache: Path) -> "Faces":
        """Find the faces, or take them from the cache, and split them."""
        digest = digest_pictures(folders, size)
        folder = cache / f"faces-{digest}"
        if not folder.is_dir():
            _store(sorted(load_portraits(folders, size), key=_order), folder)
        portraits = open_portraits(folder)
        fitted, unseen = ({portrait.subject for portrait in part} for part in split_held_out(portraits))
        return cls(
            folder=folder,
            digest=digest,
            portraits=portraits,
            people=sorted({portrait.subject for portrait in portraits}),
            train=[i for i, portrait in enumerate(portraits) if portrait.subject not in fitted | unseen],
            test=[i for i, portrait in enumerate(portraits) if portrait.subject in unseen],
            groups=read_groups(folders),
        )

    @property
    def known(self) -> list[int]:
        """Portraits of people held out of whom age, sex and ethnicity are known."""
        return [i for i in self.test if self.portraits[i].subject in self.groups]

    def count(self, chosen: list[int]) -> int:
        """Number of people on some of the portraits."""
        return len({self.portraits[i].subject for i in chosen})


def digest_pictures(folders: list[Path], size: int) -> str:
    """A hash of all pictures in the folders, whatever order they are in."""
    files = sorted(
        path for folder in folders for path in Path(folder).rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES
    )
    contents = sorted(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files)
    return cache_key("faces", [size, contents], code=[load_portraits.__module__])


def read_groups(folders: list[Path]) -> dict[str, dict[str, str]]:
    """Age, sex and ethnicity by the person's name, from the table in a folder of faces or beside it."""
    groups = {}
    for place in {path for folder in folders for path in (Path(folder), Path(folder).resolve().parent)}:
        if not (place / INFORMATION).is_file():
            continue
        with open(place / INFORMATION, newline="") as handle:
            for row in csv.DictReader(handle):
                age = row["face_age"].strip()
                groups[row["face_id"]] = {
                    "age": ("under 25" if int(age) < 25 else "25 and over") if age.isdigit() else "unknown",
                    "sex": row["face_gender"],
                    "ethnicity": row["face_eth"].replace("_", " "),
                }
    return groups


def open_portraits(folder: Path) -> list[Portrait]:
    """The portraits of a cache folder, mapped into memory."""
    images = np.load(folder / "images.npy", mmap_mode="r")
    landmarks = np.load(folder / "landmarks.npy")
    people = json.loads((folder / "people.json").read_text())
    return [Portrait(*row) for row in zip(people, images, landmarks, strict=True)]


def _order(portrait: Portrait) -> tuple[str, str]:
    return portrait.subject, hashlib.sha256(portrait.image.tobytes()).hexdigest()


def _store(portraits: list[Portrait], folder: Path) -> None:
    scratch = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    scratch.mkdir(parents=True)
    np.save(scratch / "images.npy", np.stack([portrait.image for portrait in portraits]))
    np.save(scratch / "landmarks.npy", np.stack([portrait.landmarks for portrait in portraits]))
    (scratch / "people.json").write_text(json.dumps([portrait.subject for portrait in portraits]))
    try:
        scratch.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(scratch)
