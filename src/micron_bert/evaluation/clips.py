"""The clips of prepared datasets: who is shown where, and the pictures behind it."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import datasets
import numpy as np

from micron_bert.data.examples.registered import fit_frame, register_frames
from micron_bert.data.examples.stored import StoredClips, open_dataset
from micron_bert.errors import InputError
from micron_bert.labels.action_units import unit_number


@dataclass(frozen=True)
class PreparedClip:
    """
    One row of a prepared dataset, without its pictures.

    Attributes:
        dataset, subject, clip (`str`): names; a subject is known by dataset and subject.
        label (`str` or `None`): what the column `label` says.
        emotion (`str` or `None`): the word of the annotation.
        objective_class (`int` or `None`): 1 to 7.
        action_units (`frozenset[str]` or `None`): their numbers; None where the dataset has no such column.
        source, row (`int`): which dataset and which row of it.
    """

    dataset: str
    subject: str
    clip: str
    label: str | None = None
    emotion: str | None = None
    objective_class: int | None = None
    action_units: frozenset[str] | None = None
    source: int = 0
    row: int = 0

    @property
    def person(self) -> tuple[str, str]:
        """Dataset and subject: `s01` of one dataset is not `s01` of another."""
        return self.dataset, self.subject

    @property
    def name(self) -> tuple[str, str, str]:
        return self.dataset, self.subject, self.clip


@dataclass(frozen=True)
class PreparedClips:
    """
    All clips of one or several prepared datasets.

    Attributes:
        clips (`list[PreparedClip]`): in the order of the datasets.
        stores (`list[StoredClips]`): their pictures.
        class_names (`list[str]` or `None`): the order of the classes, where all datasets agree on a ClassLabel.
    """

    clips: list[PreparedClip]
    stores: list[StoredClips]
    class_names: list[str] | None

    def subset(self, numbers: Sequence[int], labels: Sequence[str] | None = None) -> "PreparedClips":
        """Some of the clips, with other labels if given."""
        chosen = [self.clips[number] for number in numbers]
        if labels is not None:
            chosen = [dataclasses.replace(clip, label=label) for clip, label in zip(chosen, labels, strict=True)]
        return dataclasses.replace(self, clips=chosen)

    def stored(self, clip: PreparedClip) -> dict:
        """Its pictures as they are stored, and their positions."""
        return self.stores[clip.source].row(clip.row)

    def frames(self, clip: PreparedClip, size: int, later_frames: int, register: bool) -> list[np.ndarray]:
        """
        Onset and later frames as the learners take them.

        Args:
            clip ([`PreparedClip`]):
                Which.
            size (`int`):
                Side in pixels.
            later_frames (`int`):
                Frames after the onset, evenly up to the offset; 0 is the apex alone.
            register (`bool`):
                Whether they are registered to the onset.

        Returns:
            `list[np.ndarray]`: RGB uint8 `(size, size, 3)`.
        """
        store = self.stores[clip.source]
        row = store.row(clip.row)
        if later_frames > 1 and not (store.has_frames and len(row["frames"]) > 2):
            raise InputError(
                f"The dataset `{store.name}` holds onset and apex only, but `{later_frames}` later frames are needed; "
                "prepare whole clips, or choose a method that looks at the apex alone, with `clip_frames` 0."
            )
        try:
            pictures, _ = store.frames(row, later_frames)
        except InputError as error:
            raise InputError(f"The clip `{'/'.join(clip.name)}` cannot be used: {error}") from error
        frames = [fit_frame(picture, size) for picture in pictures]
        return register_frames(frames)[0] if register else frames


def read_clips(folders: Sequence[str]) -> PreparedClips:
    """
    Reads prepared datasets, all splits of each.

    Args:
        folders (`Sequence[str]`):
            Folders for `load_dataset` or `load_from_disk`, or Hub ids.

    Raises:
        InputError: a dataset that cannot be read or lacks `subject`, or a clip that occurs twice.
    """
    if not folders:
        raise InputError("`data` is missing; name the folders of the prepared datasets.")
    clips, stores, orders = [], [], []
    for source, name in enumerate(folders):
        stored = open_dataset(name)
        clips += _rows(stored, name, source)
        stores.append(StoredClips(stored, name))
        feature = stored.features.get("label")
        orders.append(feature.names if isinstance(feature, datasets.ClassLabel) else None)
    seen = set()
    for clip in clips:
        if clip.name in seen:
            raise InputError(f"The clip `{'/'.join(clip.name)}` occurs twice; give each dataset once.")
        seen.add(clip.name)
    agree = all(order == orders[0] for order in orders)
    return PreparedClips(clips, stores, orders[0] if agree else None)


def _rows(stored: datasets.Dataset, name: str, source: int) -> list[PreparedClip]:
    if "subject" not in stored.features:
        found = ", ".join(f"`{column}`" for column in stored.column_names)
        raise InputError(
            f"The dataset `{name}` has no column `subject`, which the folds go by; it has {found}. "
            "A dataset as its owners hand it out goes through `micron-bert prepare` first."
        )
    plain = [column for column in stored.column_names if column not in ("frames", "onset", "apex", "displacement")]
    columns = stored.select_columns(plain).with_format(None)[:]
    feature = stored.features.get("label")
    clips = []
    for row in range(len(stored)):
        values = {column: columns[column][row] for column in columns}
        label, units = values.get("label"), values.get("action_units")
        if isinstance(feature, datasets.ClassLabel):
            label = feature.names[label] if label is not None and label >= 0 else None
        clips.append(
            PreparedClip(
                dataset=str(values.get("dataset") or Path(name).name),
                subject=str(values["subject"]),
                clip=str(values.get("clip") or f"row{row}"),
                label=None if label is None else str(label),
                emotion=values.get("emotion"),
                objective_class=values.get("objective_class"),
                action_units=None if units is None else frozenset(map(unit_number, units)),
                source=source,
                row=row,
            )
        )
    return clips
