"""Portraits: neutral faces from folders of photographs, split by person."""

import hashlib
import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from micron_bert.cache_folder import cache_folder, read_kept
from micron_bert.errors import InputError, NoFaceError
from micron_bert.faces.alignment import compose, similarity_from_landmarks, transform_points, warp_similarity
from micron_bert.faces.detector import FaceDetector
from micron_bert.faces.mesh import FaceMesh
from micron_bert.output_folder import whole_file
from micron_bert.stored_arrays import read_array
from micron_bert.video.picture import PICTURE_SUFFIXES, read_image

OVERSAMPLING = 2  # portraits are kept at twice the working size, so that resampling costs no detail

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Portrait:
    """
    The face of one photograph.

    Attributes:
        subject (`str`): who it is; pictures of one person share it.
        image (`np.ndarray` of shape `(2S, 2S, 3)`): RGB uint8, the canonical crop at twice the working size S.
        landmarks (`np.ndarray` of shape `(468, 2)`): float32 mesh landmarks in pixels of `image`.
    """

    subject: str
    image: np.ndarray
    landmarks: np.ndarray

    @property
    def size(self) -> int:
        """The working size S."""
        return self.image.shape[0] // OVERSAMPLING

    @classmethod
    def from_photograph(cls, subject: str, photograph: np.ndarray, landmarks: np.ndarray, size: int) -> "Portrait":
        """Cut the portrait out of an RGB photograph whose landmarks `(468, 2)` are known, in its pixels."""
        side = OVERSAMPLING * size
        matrix = similarity_from_landmarks(landmarks, side)
        return cls(
            subject, warp_similarity(photograph, matrix, side), transform_points(matrix, landmarks).astype(np.float32)
        )


def working_landmarks(portrait: Portrait) -> np.ndarray:
    """Landmarks `(468, 2)` in pixels of the canonical crop of the working size."""
    return (portrait.landmarks + 0.5) / OVERSAMPLING - 0.5


def frame_to_portrait(crop: np.ndarray) -> np.ndarray:
    """From pixels of a frame to pixels of the portrait's picture, given canonical crop to frame: both `(2, 3)`."""
    offset = (OVERSAMPLING - 1) / 2
    return compose(np.array([[OVERSAMPLING, 0, offset], [0, OVERSAMPLING, offset]]), cv2.invertAffineTransform(crop))


def load_portraits(
    folders: str | os.PathLike | Iterable[str | os.PathLike],
    size: int = 112,
    subject_from: str = "name",
    models: str | os.PathLike | None = None,
    cache: str | os.PathLike | bool = True,
    report: Callable[[str], None] = logger.warning,
) -> list[Portrait]:
    """
    Load the largest face of every photograph in one folder or several, and in the folders below.

    Args:
        folders (`str`, `os.PathLike` or a list of them):
            Where the photographs are.
        size (`int`, defaults to 112):
            The working size S in pixels; portraits are kept at twice that.
        subject_from (`str`, defaults to `"name"`):
            What names the person. `"name"`: the file's name without the number after its last underscore, so
            `001_03.jpg` and `001_08.jpg` show person `001`, also in different folders; only when two files in
            different folders have the very same name, the folder goes before it. `"folder"`: the folder of the file.
        models (`str` or `os.PathLike`, *optional*):
            Folder with the face models, see [`micron_bert.faces.models.find_face_models`].
        cache (`str`, `os.PathLike` or `bool`, defaults to `True`):
            Folder that remembers the landmarks of pictures seen before. `True` takes one in the user's cache, `False`
            none.
        report (`Callable[[str], None]`):
            Gets one sentence for each picture that is left out. Defaults to a warning in the log.

    Returns:
        `list[Portrait]`: ordered by path.

    Raises:
        [`InputError`]: a folder does not exist, or there is no usable picture.
    """
    if size < 32:
        raise InputError(f"`size` is `{size}` pixels; a face needs 32 at least.")
    found = find_faces(folders, subject_from, models, cache, report)
    return [Portrait.from_photograph(face.subject, face.photograph, face.landmarks, size) for face in found]


@dataclass(frozen=True)
class FoundFace:
    """
    The largest face of one photograph.

    Attributes:
        subject (`str`): who it is.
        path (`Path`): the photograph's file.
        photograph (`np.ndarray` of shape `(H, W, 3)`): RGB uint8.
        landmarks (`np.ndarray` of shape `(468, 2)`): in its pixels.
    """

    subject: str
    path: Path
    photograph: np.ndarray
    landmarks: np.ndarray


def find_faces(
    folders: str | os.PathLike | Iterable[str | os.PathLike],
    subject_from: str = "name",
    models: str | os.PathLike | None = None,
    cache: str | os.PathLike | bool = True,
    report: Callable[[str], None] = logger.warning,
) -> Iterator[FoundFace]:
    """
    The largest face of every photograph in one folder or several, one by one in the order of the paths.

    Args and Raises: those of [`load_portraits`], which keeps the crops; the photographs are not kept.
    """
    if subject_from not in ("name", "folder"):
        raise InputError(f"`subject_from` is `name` or `folder`, not `{subject_from}`.")
    roots = [Path(folder) for folder in ([folders] if isinstance(folders, str | os.PathLike) else folders)]
    paths = [path for root in roots for path in _pictures(root)]
    names = ", ".join(f"`{root}`" for root in roots)
    if not paths:
        raise InputError(f"There is no picture in {names}; pass a folder with photographs of faces (JPEG, PNG, …).")
    if cache is True:
        cache = cache_folder("landmarks")
    finder = _LandmarkFinder(models, Path(cache) if cache else None)
    subjects, count = subjects_of(paths, subject_from), 0
    for path, subject in zip(paths, subjects, strict=True):
        try:
            photograph = read_image(path)
            face = FoundFace(subject, path, photograph, finder.find(photograph))
        except NoFaceError:
            report(f"Left out `{path}`: no face was found in it.")
            continue
        except (ValueError, OSError) as error:
            report(f"Left out `{path}`: {error}")
            continue
        count += 1
        yield face
    if not count:
        raise InputError(f"No picture in {names} shows a face; pass photographs of faces seen from the front.")


def subjects_of(paths: list[Path], subject_from: str = "name") -> list[str]:
    """The person on each picture, by the rule that [`load_portraits`] states."""
    if subject_from == "folder":
        return [path.parent.name for path in paths]
    namesakes = Counter(path.stem for path in paths)
    subjects = []
    for path in paths:
        numbered = re.fullmatch(r"(.+)_\d+", path.stem)
        subject = numbered.group(1) if numbered else path.stem
        subjects.append(f"{path.parent.name}/{subject}" if namesakes[path.stem] > 1 else subject)
    return subjects


def split_identities(
    portraits: list[Portrait], test_fraction: float = 0.2, seed: int = 0
) -> tuple[list[Portrait], list[Portrait]]:
    """
    Split portraits into training and test so that nobody is in both.

    A person's side depends on nothing but their name and the seed: adding faces moves nobody.

    Args:
        portraits (`list[Portrait]`):
            What [`load_portraits`] gave.
        test_fraction (`float`, defaults to 0.2):
            Expected share of the people in the test part.
        seed (`int`):
            Another seed, another split.

    Returns:
        `tuple[list[Portrait], list[Portrait]]`: training, test; neither is empty.

    Raises:
        [`InputError`]: there is one person only, or `test_fraction` is not between 0 and 1.
    """
    if not 0 < test_fraction < 1:
        raise InputError(f"`test_fraction` is `{test_fraction}`; it must lie between 0 and 1.")
    place = {portrait.subject: _place(portrait.subject, seed) for portrait in portraits}
    if len(place) < 2:
        raise InputError(
            f"A split by person needs two people at least, got `{len(place)}`; add faces, or name the people by their "
            "folders (`subject_from`)."
        )
    test = {subject for subject, share in place.items() if share < test_fraction}
    ordered = sorted(place, key=place.get)
    # among few people the share may leave one part empty
    test = test or {ordered[0]}
    test = test - {ordered[-1]} if len(test) == len(place) else test
    return (
        [portrait for portrait in portraits if portrait.subject not in test],
        [portrait for portrait in portraits if portrait.subject in test],
    )


def _place(subject: str, seed: int) -> float:
    digest = hashlib.sha256(f"{seed}:{subject}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _pictures(root: Path) -> list[Path]:
    if not root.is_dir():
        raise InputError(f"The folder `{root}` does not exist; pass a folder with photographs of faces.")
    found = (path for path in root.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file())
    return sorted(found)


class _LandmarkFinder:
    """Landmarks of photographs, remembered by what the picture shows."""

    def __init__(self, models: str | os.PathLike | None, cache: Path | None):
        self.models, self.cache = models, cache
        self.networks = None

    def find(self, photograph: np.ndarray) -> np.ndarray:
        if self.cache is None:
            return self._detect(photograph)
        header = str(photograph.shape).encode()
        digest = hashlib.sha256(header + photograph.tobytes()).hexdigest()[:32]
        path = self.cache / f"{digest}.npy"

        def make() -> None:
            landmarks = self._detect(photograph)
            self.cache.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as draft, draft.open("wb") as file:
                np.save(file, landmarks)

        return read_kept(path, lambda: read_array(path, (468, 2)), make)

    def _detect(self, photograph: np.ndarray) -> np.ndarray:
        if self.networks is None:
            self.networks = FaceDetector(self.models), FaceMesh(self.models)
        detector, mesh = self.networks
        faces = detector.detect(photograph)
        if not faces:
            raise NoFaceError("No face was found.")
        return mesh.landmarks(photograph, faces[0])
