"""The set of files that `micron-bert recognize` and `micron-bert spot` leave, and how to recognise it."""

import json
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager
from fnmatch import fnmatch
from pathlib import Path

from micron_bert import __version__
from micron_bert.errors import InputError
from micron_bert.output_folder import DRAFT, check_output, whole_set
from micron_bert.pictures.figure import KINDS
from micron_bert.video.picture import is_picture
from micron_bert.video.reader import is_video

RECORD = "result.json"
FILES = (
    RECORD, "intervals.csv", "intervals.eaf", "intervals.vtt",
    *(f"{stem}.{kind}" for stem in ("curve", "curve_[0-9]*") for kind in ("csv", *KINDS)), "apexes.png",
    *(f"movement.{kind}" for kind in KINDS), "flip.gif", "micro_map.png", "action_units.png", "annotated.mp4",
)  # fmt: skip


def check_results(folder: str | os.PathLike, sources: Iterable[str | os.PathLike]) -> Path:
    """
    Looks at the folder for results before anything is done, and says where it is.

    Results lie beside no other films and pictures, which they would be taken for when that folder is read.

    Raises:
        [`InputError`]: a source or a file of another program would be replaced, films or pictures lie there, or
            nothing can be written there.
    """
    place = check_output(folder, sources, FILES, lambda folder: True)
    ours = ours_in(place)
    others = sorted(path.name for path in place.iterdir() if path not in ours) if place.is_dir() else []
    replaced = next((name for name in others if any(fnmatch(name, pattern) for pattern in FILES)), None)
    if replaced is not None:
        raise InputError(
            f"The folder `{place}` holds the file `{replaced}`, which would be replaced; name another folder as "
            "`--output`."
        )
    material = next((name for name in others if is_picture(name) or is_video(name)), None)
    if material is not None:
        raise InputError(
            f"The folder `{place}` holds films or pictures (`{material}`), and results would lie among them; name "
            f"another folder as `--output`, such as `{place / 'results'}`."
        )
    return place


def ours_in(folder: Path) -> set[Path]:
    """The files of results in a folder; none where neither a record nor a draft of this package tells of them."""
    there = {path for name in FILES for path in folder.glob(name)}
    if (folder / DRAFT).is_dir():  # a run was killed
        return there
    try:
        content = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return set()
    if not isinstance(content, dict) or not {"version", "source"} <= content.keys():
        return set()
    names = content.get("files")  # an older version's record does not name them
    return {path for path in there if path.name in names} if isinstance(names, list) else there


def whole_results(folder: Path) -> AbstractContextManager[Path]:
    """A draft folder for the results; they take their places together, `result.json` last."""
    return whole_set(folder, RECORD, FILES)


def document(
    content: dict,
    source: str | os.PathLike,
    model: str | None = None,
    files: Iterable[str | os.PathLike] | None = None,
) -> dict:
    """What `result.json` holds and `--json` prints; `files` are those of the answer, where there can be any."""
    listed = {} if files is None else {"files": [os.fspath(file) for file in files]}
    return {**content, "source": str(source), "model": model or "tiny (shipped)", "version": __version__, **listed}
