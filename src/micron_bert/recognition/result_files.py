"""The set of files that `micron-bert recognize` and `micron-bert spot` leave, and how to recognise it."""

import json
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from micron_bert import __version__
from micron_bert.output_folder import check_output, whole_set
from micron_bert.pictures.figure import KINDS

RECORD = "result.json"
FILES = (
    RECORD, "intervals.csv", "intervals.eaf", "intervals.vtt",
    *(f"{stem}.{kind}" for stem in ("curve", "curve_[0-9]*") for kind in ("csv", *KINDS)), "apexes.png",
    "movement.png", "flip.gif", "micro_map.png", "action_units.png", "annotated.mp4",
)  # fmt: skip


def check_results(folder: str | os.PathLike, sources: Iterable[str | os.PathLike]) -> Path:
    """
    Looks at the folder for results before anything is done, and says where it is.

    Raises:
        [`InputError`]: a source or a file of another program would be replaced, or nothing can be written there.
    """
    return check_output(folder, sources, FILES, is_ours)


def is_ours(folder: Path) -> bool:
    """Whether the results in a folder were written by this package."""
    try:
        content = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and {"version", "source"} <= content.keys()


def whole_results(folder: Path) -> AbstractContextManager[Path]:
    """A draft folder for the results; they take their places together, `result.json` last."""
    return whole_set(folder, RECORD, FILES)


def document(content: dict, source: str | os.PathLike, model: str | None = None) -> dict:
    """What `result.json` holds and `--json` prints."""
    return {**content, "source": str(source), "model": model or "tiny (shipped)", "version": __version__}
