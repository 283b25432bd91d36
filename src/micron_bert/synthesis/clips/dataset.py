"""Writing a data set of synthetic clips: Parquet shards that `datasets.load_dataset` reads, split by person."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from micron_bert.labels.emotions import LABELS
from micron_bert.output_folder import claim_folder, write_text
from micron_bert.parquet_shards import shard_paths, write_shards
from micron_bert.synthesis.clips.card import dataset_card
from micron_bert.synthesis.clips.clip import SyntheticClip, synthesize_clip
from micron_bert.synthesis.clips.settings import PATCH, SETTINGS_FILE, SYNTHETIC, TEST, TRAIN, DatasetSettings
from micron_bert.synthesis.motion.displacement import patch_means
from micron_bert.synthesis.motion.units import draw_emotion
from micron_bert.synthesis.portraits import Portrait, split_identities
from micron_bert.video.picture import png_bytes


@dataclass(frozen=True)
class _Shard:
    """One file to write, with the faces that it needs, so that a process gets no others."""

    path: Path
    split: str
    indices: range
    portraits: list[Portrait]
    settings: DatasetSettings


def write_dataset(
    portraits: list[Portrait],
    output: str | os.PathLike,
    settings: DatasetSettings,
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """
    Write a data set of synthetic clips. Nobody is in both splits; classes are drawn equally often.

    The result is the same, bit by bit, for any number of processes. A run that was interrupted goes on where it
    stopped when it is started again with the same arguments.

    Args:
        portraits (`list[Portrait]`):
            Faces of two people at least, of working size `settings.size`.
        output (`str` or `os.PathLike`):
            Folder for the data set: new, empty, or of an interrupted run.
        settings ([`DatasetSettings`]):
            What to make.
        processes (`int`, defaults to 1):
            Processes at work.
        progress (`Callable[[int], None]`, *optional*):
            Called with the number of clips just finished.

    Returns:
        `Path`: the folder; `datasets.load_dataset(folder)` reads it.

    Raises:
        [`InputError`]: one person only, or a folder that holds something else.
    """
    output = Path(output)
    parts = dict(zip((TRAIN, TEST), split_identities(portraits, settings.test_fraction, settings.seed), strict=True))
    claim_folder(output, {**asdict(settings), "faces": _fingerprint(portraits)}, SETTINGS_FILE)
    shards = []
    for split, count in settings.counts().items():
        paths = shard_paths(output, split, -(-count // settings.clips_per_shard))
        for number, path in enumerate(paths):
            indices = range(number * settings.clips_per_shard, min((number + 1) * settings.clips_per_shard, count))
            faces = [parts[split][_rng(settings, split, index, 0).integers(len(parts[split]))] for index in indices]
            shards.append(_Shard(path, split, indices, faces, settings))
    write_shards(
        _make_shard,
        [(shard.path, len(shard.indices)) for shard in shards],
        lambda number: (shards[number],),
        processes,
        progress,
    )
    splits = [
        {"name": split, "clips": count, "people": len({portrait.subject for portrait in parts[split]})}
        for split, count in settings.counts().items()
    ]
    write_text(output / "README.md", dataset_card(asdict(settings), splits))
    return output


def _make_shard(shard: _Shard) -> tuple[list[dict], Any]:
    rows = [
        clip_row(_clip(shard, index, portrait), f"{shard.split}_{index:06d}")
        for index, portrait in zip(shard.indices, shard.portraits, strict=True)
    ]
    return rows, clip_features(shard.settings.size)


def _rng(settings: DatasetSettings, split: str, index: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([settings.seed, (TRAIN, TEST).index(split), index, purpose])


def _clip(shard: _Shard, index: int, portrait: Portrait) -> SyntheticClip:
    settings = shard.settings
    rng = _rng(settings, shard.split, index, 1)
    emotion = draw_emotion(LABELS[rng.integers(len(LABELS))], rng)
    amplitude = float(np.exp(rng.uniform(*np.log(settings.amplitude))))
    return synthesize_clip(portrait, emotion, amplitude=amplitude, fps=settings.fps, rng=rng)


def clip_features(size: int):
    """The columns of the data set, as `datasets.Features`."""
    from datasets import Array3D, ClassLabel, Features, Image, List, Value

    unit = {"number": Value("int32"), "side": Value("string"), "intensity": Value("float32")}
    return Features(
        {
            "dataset": Value("string"),
            "subject": Value("string"),
            "clip": Value("string"),
            "frames": List(Image()),
            "onset": Value("int32"),
            "apex": Value("int32"),
            "offset": Value("int32"),
            "fps": Value("float32"),
            "emotion": Value("string"),
            "label": ClassLabel(names=list(LABELS)),
            "action_units": List(unit),
            "amplitude": Value("float32"),
            "displacement": Array3D((4, size // PATCH, size // PATCH), "float32"),
        }
    )


def clip_row(clip: SyntheticClip, name: str) -> dict:
    """One row: frames as lossless PNG, frame numbers from 0, displacements as means over patches of 8 pixels."""
    return {
        "dataset": SYNTHETIC,
        "subject": clip.subject,
        "clip": name,
        "frames": [{"bytes": png_bytes(frame), "path": None} for frame in clip.frames],
        "onset": clip.onset,
        "apex": clip.apex,
        "offset": clip.offset,
        "fps": clip.fps,
        "emotion": clip.emotion,
        "label": clip.label,
        "action_units": [asdict(unit) for unit in clip.action_units],
        "amplitude": clip.amplitude,
        "displacement": patch_means(np.concatenate([clip.expression, clip.total]), clip.frames.shape[1] // PATCH),
    }


def _fingerprint(portraits: list[Portrait]) -> str:
    digest = hashlib.sha256()
    for portrait in portraits:
        digest.update(portrait.subject.encode() + portrait.image.tobytes())
    return digest.hexdigest()[:16]
