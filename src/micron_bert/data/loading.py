"""Loading a dataset from the folder as its owners hand it out."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset

from micron_bert.data.counts import count_clips
from micron_bert.data.paths import CROPPED, RAW, Tree
from micron_bert.data.pictures import ALL, KEY, LISTED, PictureFinder
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip, as_dataset
from micron_bert.data.sources import SOURCES, Source
from micron_bert.errors import InputError
from micron_bert.labels.action_units import CHALLENGE, READINGS

LABELS_ONLY = "none"
CHECKS = (LABELS_ONLY, LISTED, KEY, ALL)


@dataclass(frozen=True)
class LoadedDataset:
    """
    Attributes:
        clips (`datasets.Dataset`): one row for each clip, columns [`~micron_bert.data.schema.CLIP_FEATURES`].
        report ([`Report`]): what was left out or mended on the way, and why.
    """

    clips: Dataset
    report: Report


def find_source(name: str) -> tuple[str, Source]:
    """
    A dataset by its name, however it is written: `CASME II`, `casme2` and `CASME-II` are one.

    Raises:
        [`InputError`]: there is no such dataset; the message names all.
    """
    key = re.sub(r"[\W_]+", "", name.lower())
    for known, source in SOURCES.items():
        if key in (re.sub(r"[\W_]+", "", word.lower()) for word in (known, source.title)):
            return known, source
    raise InputError(f"There is no dataset `{name}`; there are {', '.join(f'`{known}`' for known in SOURCES)}.")


def load(
    name: str,
    path: str | os.PathLike,
    annotation: str | os.PathLike | None = None,
    variant: str | None = None,
    pictures: str = KEY,
    tolerance: int = 1,
    progress: Callable[[int, int], None] | None = None,
    action_units: str = CHALLENGE,
    outside: bool = False,
) -> LoadedDataset:
    """
    Load a dataset from the folder as its owners hand it out.

    Nothing is mended in silence: rows that are left out or changed are in the report, each with its reason.

    Args:
        name (`str`):
            `"casme2"`, `"samm"`, `"smic_hs"`, …; see [`find_source`].
        path (`str` or `os.PathLike`):
            The folder, at any level above the clips; archives unpacked into a folder of their own name do no harm.
        annotation (`str` or `os.PathLike`, *optional*):
            The sheet; looked for in the folder if left out.
        variant (`str`, *optional*):
            `"raw"` or `"cropped"` pictures; raw ones where there are both if left out.
        pictures (`str`, defaults to `"key"`):
            `"none"` loads the labels alone; `"listed"` looks that pictures are there; `"key"` decodes those of onset,
            apex and offset too, `"all"` every one.
        tolerance (`int`, defaults to 1):
            Frames by which onset, apex or offset may be moved to the nearest picture where their own is missing.
        progress (`Callable[[int, int], None]`, *optional*):
            Called with the number of clips looked at and of all.
        action_units (`str`, defaults to `"challenge"`):
            `"challenge"` keeps both of alternatives (`L12 or L14`) and `ref(6)`, as the grand challenges' labels do;
            `"strict"` keeps the first of alternatives and no `ref(6)`.
        outside (`bool`, defaults to `False`):
            Whether the paths in a `metadata.csv` may lead out of its folder.

    Returns:
        [`LoadedDataset`]

    Raises:
        [`InputError`]: another name, a folder or sheet that is not there or is another one.
    """
    name, source = find_source(name)
    if pictures not in CHECKS:
        raise InputError(f"`pictures` is `{pictures}`; choose one of {', '.join(f'`{check}`' for check in CHECKS)}.")
    if variant not in (None, RAW, CROPPED):
        raise InputError(f"`variant` is `{variant}`; choose `{RAW}` or `{CROPPED}`.")
    if action_units not in READINGS:
        raise InputError(
            f"`action_units` is `{action_units}`; choose {' or '.join(f'`{reading}`' for reading in READINGS)}."
        )
    sheet = Path(annotation).expanduser().absolute() if annotation is not None else None
    if sheet is not None and not sheet.is_file():
        raise InputError(f"There is no sheet `{sheet}`; check the path.")
    tree = Tree(path, outside)
    if sheet is not None:
        tree.add_tables(sheet.parent)
    report = Report(name, str(tree.root), action_units=action_units)
    clips = _unique(source.read(tree, report, sheet), report)
    report.annotated, report.counts_annotated = len(clips), count_clips(clips)
    if not clips:
        first = f"; the first: {report.dropped[0]}" if report.dropped else "; there is none under its header"
        raise InputError(f"No row of {', '.join(f'`{sheet}`' for sheet in report.annotations)} could be read{first}.")
    if pictures != LABELS_ONLY:
        if not any(clip.folders or clip.video for clip in clips):
            raise InputError(
                f"`{tree.root}` has none of the pictures of {source.title}; they are in folders such as "
                f"`{source.layout}`. Name the folder above them, or load the labels alone with `pictures='none'`."
            )
        finder = PictureFinder(tree, report, variant, pictures, tolerance)
        finder.choose_variant(clips)
        kept = []
        for count, clip in enumerate(clips, 1):
            if finder.attach(clip):
                kept.append(clip)
            if progress:
                progress(count, len(clips))
        clips = kept
        report.counts_loaded = count_clips(clips)
    report.loaded = len(clips)
    return LoadedDataset(as_dataset(clips), report)


def _unique(clips: list[Clip], report: Report) -> list[Clip]:
    """Clips with different keys: a repeated row is left out, another interval under the same name gets its onset."""
    seen: dict[tuple[str, str, str], Clip] = {}
    for clip in clips:
        key = clip.dataset, clip.subject, clip.clip
        if key in seen:
            first = seen[key]
            if (first.onset, first.offset, first.interval_type) == (clip.onset, clip.offset, clip.interval_type):
                report.drop(clip.name, f"it repeats {first.row}")
                continue
            name = clip.name
            clip.clip = f"{clip.clip}_{clip.onset}"
            key = clip.dataset, clip.subject, clip.clip
            if key in seen:
                report.drop(name, f"it repeats {seen[key].row}")
                continue
            report.mend(name, f"{first.row} has the same name; it is called {clip.clip}")
        seen[key] = clip
    return list(seen.values())
