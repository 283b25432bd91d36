"""The two libraries of the browser page, fetched by npm once and kept in the user's cache; they are never run here."""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from micron_bert.cache_folder import cache_folder
from micron_bert.errors import InputError
from micron_bert.output_folder import whole_file


@dataclass(frozen=True)
class LibraryFile:
    """
    A file of a library.

    Attributes:
        package (`str`): `NAME@VERSION` at npm.
        member (`str`): its place in the package.
        name (`str`): what the page calls it.
        sha256 (`str`): of its bytes.
    """

    package: str
    member: str
    name: str
    sha256: str


RUNTIME, FILMS = "onnxruntime-web@1.30.0", "mediabunny@1.61.0"  # MIT and MPL-2.0
FILES = (
    LibraryFile(
        RUNTIME,
        "dist/ort.wasm.bundle.min.mjs",
        "ort.js",
        "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    ),
    LibraryFile(
        RUNTIME,
        "dist/ort-wasm-simd-threaded.wasm",
        "ort-wasm-simd-threaded.wasm",
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
    ),
    LibraryFile(
        RUNTIME,
        "dist/ort.webgpu.bundle.min.mjs",
        "ort.webgpu.js",
        "0730816731ce2cdfb06f273da065d4a1c7091eb9d1756a83b2916c8a89d015e2",
    ),
    LibraryFile(
        RUNTIME,
        "dist/ort-wasm-simd-threaded.asyncify.wasm",
        "ort-wasm-simd-threaded.asyncify.wasm",
        "39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da",
    ),
    LibraryFile(
        FILMS,
        "dist/bundles/mediabunny.min.mjs",
        "mediabunny.js",
        "fa696c53494b6b09a8b310ec51e3c44a59e79513234fb832255a38c686162009",
    ),
    LibraryFile(
        FILMS, "LICENSE", "mediabunny.LICENSE", "3f3d9e0024b1921b067d6f7f88deb4a60cbe7a78e76c64e3f1d7fc3b779b9d04"
    ),
)


def fetch_browser_libraries(folder: Path | None = None, files: Sequence[LibraryFile] | None = None) -> list[Path]:
    """
    The files of ONNX Runtime Web and Mediabunny, fetched where they are missing.

    Args:
        folder (`Path`, *optional*): that keeps them; in the user's cache if left out.
        files (`Sequence[LibraryFile]`, *optional*): others in their place.

    Raises:
        [`InputError`]: npm is missing or cannot get a package, or a file is not the one expected.
    """
    files = FILES if files is None else files
    folder = folder or cache_folder("browser_libraries")
    folder.mkdir(parents=True, exist_ok=True)
    for package in dict.fromkeys(file.package for file in files):
        wanted = [file for file in files if file.package == package]
        if all(_is_right(folder / file.name, file) for file in wanted):
            continue
        with tempfile.TemporaryDirectory() as scratch:
            archive = _pack(package, Path(scratch))
            for file in wanted:
                with whole_file(folder / file.name) as draft:
                    draft.write_bytes(_read(archive, file))
    return [folder / file.name for file in files]


def _is_right(path: Path, file: LibraryFile) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256


def _pack(package: str, scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise InputError("The page for browsers needs `npm` once, to fetch its libraries; install Node.js.")
    command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(scratch), package]
    result = subprocess.run(command, capture_output=True, text=True, cwd=scratch)
    archives = sorted(scratch.glob("*.tgz"))
    if result.returncode or not archives:
        reason = (result.stderr.strip().splitlines() or ["no output"])[-1]
        raise InputError(f"npm could not fetch `{package}` ({reason}); check the connection and npm's settings.")
    return archives[0]


def _read(archive: Path, file: LibraryFile) -> bytes:
    try:
        with tarfile.open(archive) as content:
            data = content.extractfile(f"package/{file.member}").read()
    except (OSError, KeyError, AttributeError, tarfile.TarError) as error:
        raise InputError(f"`{file.package}` does not hold `{file.member}`; report this, please.") from error
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise InputError(f"`{file.member}` of `{file.package}` has an unexpected checksum; it is not used.")
    return data
