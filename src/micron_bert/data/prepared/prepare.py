"""Preparing a dataset: aligned face crops in Parquet shards that `datasets.load_dataset` reads anywhere."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
from datasets import Features

from micron_bert import __version__
from micron_bert.data.loading import LoadedDataset
from micron_bert.data.prepared.apex import NONE
from micron_bert.data.prepared.crops import CLIP, CropSettings, crop_features, crop_row
from micron_bert.errors import InputError
from micron_bert.faces import find_face_models
from micron_bert.output_folder import claim_folder, json_text, write_text
from micron_bert.parquet_shards import shard_paths, write_shards

SETTINGS_FILE = "prepared.json"
REPORT_FILE = "report.json"
SHARD_FRAMES = 300  # some seconds of work, which is what an interruption costs
SHARDS = 1000  # for very large datasets, longer shards rather than more
PIECE_FRAMES = 600  # videos without any annotated moment are cut into pieces of this length

CARD = """---
license: other
---
# {title}, prepared

Crops of aligned faces for the training of μ-BERT, {size} px: {clips} clips, {frames}.

`datasets.load_dataset` reads this folder. `onset`, `apex` and `offset` are positions in `frames`, `frame_numbers` the
numbers that the frames have in the original dataset; `label` is {label}. What was left out or mended is in
`{report}`, clip by clip.

The pictures are those of the original dataset and stay under its licence: do not publish them.
"""


@dataclass(frozen=True)
class Prepared:
    """
    Attributes:
        path (`Path`): the folder.
        clips (`int`): rows in it.
        failures (`list[dict]`): `clip` and `reason` of each clip that is not.
        remarks (`list[dict]`): `clip` and `reason` where single frames were left out.
    """

    path: Path
    clips: int
    failures: list[dict]
    remarks: list[dict]


@dataclass(frozen=True)
class Shard:
    """A file to write, and which rows and frames of them go into it; the rows themselves take memory."""

    path: Path
    pieces: list[tuple[int, slice | None]]


def prepare(
    loaded: LoadedDataset,
    output: str | os.PathLike,
    settings: CropSettings,
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Prepared:
    """
    Write the face crops of a loaded dataset.

    The result is the same, bit by bit, for any number of processes. A run that was interrupted goes on where it
    stopped when it is started again with the same arguments. Clips without a face or with pictures that cannot be
    read are named in the result; the others are written.

    Args:
        loaded ([`LoadedDataset`]):
            What [`~micron_bert.data.load`] gave.
        output (`str` or `os.PathLike`):
            Folder: new, empty, or of an interrupted run.
        settings ([`CropSettings`]):
            What to cut out.
        processes (`int`, defaults to 1):
            Processes at work.
        progress (`Callable[[int], None]`, *optional*):
            Called with the number of clips just finished.

    Returns:
        [`Prepared`]

    Raises:
        [`InputError`]: the folder holds something else, or no clip could be prepared.
    """
    output = Path(output)
    shards = begin(loaded, output, settings)
    write_shards(
        make_shard,
        [(shard.path, len(shard.pieces)) for shard in shards],
        lambda number: job_of(loaded, shards[number], settings),
        processes,
        progress,
    )
    return _finish(loaded, output, shards, settings)


def begin(loaded: LoadedDataset, output: Path, settings: CropSettings) -> list[Shard]:
    """The shards to write, once the folder is known to be free or of an interrupted run of the same kind."""
    if not settings.cropped:
        find_face_models(settings.models)
    shards = _plan(loaded, output, settings)
    claim_folder(
        output, {**_as_json(settings), "dataset": loaded.report.dataset, "clips": _fingerprint(loaded)}, SETTINGS_FILE
    )
    return shards


def job_of(loaded: LoadedDataset, shard: Shard, settings: CropSettings) -> tuple[Path, list[dict], CropSettings]:
    """What [`make_shard`] needs for a shard."""
    return shard.path, _rows(loaded, shard), settings


def _plan(loaded: LoadedDataset, output: Path, settings: CropSettings) -> list[Shard]:
    """Clips in order, some hundred frames to a file."""
    pieces = []
    for number, (numbers, emotion) in enumerate(
        zip(loaded.clips["frame_numbers"], loaded.clips["emotion"], strict=True)
    ):
        count = len(numbers)
        long = settings.apex == (NONE,) and not emotion and count > PIECE_FRAMES
        if long and len(loaded.clips[number]["frames"]) > 1:  # not a film
            starts = range(0, count, PIECE_FRAMES)
            pieces += [
                (number, slice(first, first + PIECE_FRAMES), min(PIECE_FRAMES, count - first)) for first in starts
            ]
        else:
            pieces.append((number, None, count if settings.frames == CLIP else 2))
    limit = max(SHARD_FRAMES, sum(count for *_, count in pieces) // SHARDS)
    groups: list[list[tuple[int, slice | None]]] = [[]]
    held = 0
    for number, part, count in pieces:
        if groups[-1] and held + count > limit:
            groups.append([])
            held = 0
        groups[-1].append((number, part))
        held += count
    paths = shard_paths(output, "train", len(groups))
    return [Shard(path, group) for path, group in zip(paths, groups, strict=True)]


def _rows(loaded: LoadedDataset, shard: Shard) -> list[dict]:
    """The rows of a shard; a piece of a long video is called after its first frame."""
    rows = []
    for number, part in shard.pieces:
        row = loaded.clips[number]
        if part is not None and len(row["frames"]) > 1:
            numbers = row["frame_numbers"][part]
            row |= {"clip": f"{row['clip']}_{numbers[0]}", "frames": row["frames"][part], "frame_numbers": numbers}
            row |= {"onset": numbers[0], "offset": numbers[-1]}
        rows.append(row)
    return rows


def make_shard(path: Path, rows: list[dict], settings: CropSettings) -> tuple[list[dict], Features]:
    """The crops of some clips; what failed goes into a file beside the shard that is there first."""
    made, record = [], {"failures": [], "remarks": []}
    for row in rows:
        name = f"{row['subject']}/{row['clip']}"
        try:
            done, remarks = crop_row(row, settings)
        except (ValueError, OSError, cv2.error) as error:
            record["failures"].append({"clip": name, "reason": str(error)})
            continue
        made.append(done)
        record["remarks"] += [{"clip": name, "reason": remark} for remark in remarks]
    write_text(_beside(path), json.dumps({**record, "clips": len(made)}))
    return made, crop_features()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.stem}.json")


def _read_record(path: Path) -> dict:
    """What the clips of a shard became."""
    try:
        record = json.loads(_beside(path).read_text(encoding="utf-8"))
        named = {
            kind: [{"clip": str(one["clip"]), "reason": str(one["reason"])} for one in record[kind]]
            for kind in ("failures", "remarks")
        }
        return {"clips": int(record["clips"]), **named}
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(
            f"`{_beside(path)}` is damaged or missing; delete it and `{path.name}` beside it, and start again."
        ) from error


def _finish(loaded: LoadedDataset, output: Path, shards: list[Shard], settings: CropSettings) -> Prepared:
    records = [_read_record(shard.path) for shard in shards]
    failures = [failure for shard in records for failure in shard["failures"]]
    clips = sum(shard["clips"] for shard in records)
    if not clips:
        shutil.rmtree(output / "data")
        (output / SETTINGS_FILE).unlink()
        with suppress(OSError):  # not ours alone
            output.rmdir()
        first = f"`{failures[0]['clip']}`: {failures[0]['reason']}" if failures else "there are no clips"
        raise InputError(f"No clip of `{loaded.report.path}` could be prepared; {first}.")
    remarks = [remark for shard in records for remark in shard["remarks"]]
    result = {"loading": loaded.report.as_dict(), "failures": failures, "remarks": remarks, "clips": clips}
    write_text(output / REPORT_FILE, json_text(result))
    card = CARD.format(
        title=loaded.report.dataset,
        size=settings.size,
        clips=clips,
        frames="onset and apex of each" if settings.frames == "pair" else "all frames from onset to offset",
        label="the word of the annotation" if settings.label == "emotion" else f"the class by `{settings.label}`",
        report=REPORT_FILE,
    )
    write_text(output / "README.md", card)
    return Prepared(output, clips, failures, remarks)


def _as_json(settings: CropSettings) -> dict:
    values = {**asdict(settings), "apex": list(settings.apex), "version": __version__}
    del values["models"]  # the same files wherever they are
    return values


def _fingerprint(loaded: LoadedDataset) -> str:
    digest = hashlib.sha256()
    for row in loaded.clips:
        digest.update(json.dumps(row, sort_keys=True).encode())
    return digest.hexdigest()[:16]
