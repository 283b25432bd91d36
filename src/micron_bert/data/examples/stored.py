"""Stored datasets: pictures of onset and apex, or frames of whole clips, with labels and subjects."""

import io
import re
from collections.abc import Sequence
from pathlib import Path

import datasets
import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from micron_bert.data.examples.registered import after_registration, fit_frame, register_frames
from micron_bert.data.examples.synthetic import use_one_thread_in_workers
from micron_bert.errors import InputError
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.model.picture_micron_bert import to_rgb
from micron_bert.synthesis.motion.displacement import patch_means


def open_dataset(name: str, config: str | None = None, split: str | None = None) -> datasets.Dataset:
    """
    One split, or all splits together, of a dataset from a folder or the Hub.

    Args:
        name (`str`):
            A folder that `save_to_disk` wrote, a folder for `load_dataset` (Parquet, image folder, …), or a Hub id.
        config (`str`, *optional*):
            Its configuration.
        split (`str`, *optional*):
            The split; all of them, one after the other, when left out.

    Raises:
        InputError: there is no such dataset or split, or it cannot be read.
    """
    folder = Path(name).expanduser()
    try:
        if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
            found = datasets.load_from_disk(str(folder))
        elif folder.is_dir() or not re.match(r"[./~\\]|\w:", name):
            found = datasets.load_dataset(str(folder) if folder.is_dir() else name, config)
        else:
            raise FileNotFoundError("there is no such folder")
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        raise InputError(f"The dataset `{name}` cannot be read: {' '.join(str(error).split())}.") from error
    if isinstance(found, datasets.Dataset):
        return found
    if split is None:
        return datasets.concatenate_datasets(list(found.values()))
    if split not in found:
        raise InputError(f"The dataset `{name}` has no split `{split}`; it has {', '.join(f'`{s}`' for s in found)}.")
    return found[split]


def _holds_pictures(feature) -> bool:
    return isinstance(feature, datasets.Image) or getattr(feature, "dtype", None) in ("string", "large_string")


class StoredClips:
    """
    The rows of a dataset as clips of pictures.

    Args:
        dataset (`datasets.Dataset`):
            With columns `onset` and `apex` that hold pictures (or their paths), or with a column `frames` that holds
            lists of them and columns `onset`, `apex` (and `offset`) with positions in these lists, from 0.
        name (`str`):
            What errors call it; where it is a folder, paths of pictures may be relative to it.
        need_positions (`bool`, defaults to `True`):
            Whether `frames` needs `onset` and `apex` beside it.

    Raises:
        InputError: other columns.
    """

    def __init__(self, dataset: datasets.Dataset, name: str, need_positions: bool = True):
        features = dataset.features
        element = getattr(features.get("frames"), "feature", None)
        self.has_frames = element is not None and _holds_pictures(element)
        pictures = all(_holds_pictures(features.get(column)) for column in ("onset", "apex"))
        positions = all(getattr(features.get(c), "dtype", "").startswith("int") for c in ("onset", "apex"))
        if not (self.has_frames and (positions or not need_positions) or (pictures and need_positions)):
            wanted = (
                "`onset` and `apex` (pictures), or `frames` (lists of pictures) with `onset` and `apex` (positions)"
            )
            found = ", ".join(f"`{column}` ({_kind(feature)})" for column, feature in features.items())
            wanted = wanted if need_positions else "`frames` (lists of pictures)"
            raise InputError(f"The dataset `{name}` must have the columns {wanted}; it has {found}.")
        columns = [column for column in ("frames", "onset", "apex", "offset", "fps") if column in features]
        # as stored, so that a picture is decoded when it is needed and not with its whole clip
        self.stored = dataset.select_columns(columns).with_format("arrow")
        self.dataset, self.name = dataset, name

    def __len__(self) -> int:
        return len(self.dataset)

    def row(self, number: int) -> dict:
        """Pictures of a row as they are stored, and what tells where they are."""
        return self.stored[number].to_pylist()[0]

    def picture(self, stored) -> np.ndarray:
        """One stored picture as RGB `(H, W, 3)`, uint8."""
        try:
            if isinstance(stored, dict):
                if stored["bytes"] is not None:
                    with Image.open(io.BytesIO(stored["bytes"])) as picture:
                        return to_rgb(picture)
                stored = stored["path"]
            path = Path(stored)
            return to_rgb(path if path.is_absolute() else Path(self.name) / path)
        except (OSError, SyntaxError, ValueError) as error:
            raise InputError(f"A picture of the dataset `{self.name}` cannot be read: {error}") from error

    def frames(self, row: dict, later_frames: int = 0) -> tuple[list[np.ndarray], list[int]]:
        """
        The onset and later frames of a row.

        Args:
            row (`dict`):
                What [`~StoredClips.row`] gave.
            later_frames (`int`, defaults to 0):
                How many frames after the onset, evenly up to the offset (the last frame where there is no offset); 0
                takes the apex alone.

        Returns:
            `tuple[list[np.ndarray], list[int]]`: pictures `(H, W, 3)`, and their positions in the clip.
        """
        if not self.has_frames:
            return [self.picture(row["onset"]), self.picture(row["apex"])], [0, 1]
        count, onset, apex = len(row["frames"]), row["onset"], row["apex"]
        offset = row["offset"] if row.get("offset") is not None else count - 1
        if not (0 <= onset < count and 0 <= apex < count and onset != apex):
            raise InputError(
                f"A clip of the dataset `{self.name}` has onset `{onset}` and apex `{apex}` but {count} frames; "
                "they must be two different positions from 0."
            )
        places = [onset, apex]
        if later_frames:
            offset = min(max(offset, apex), count - 1)
            places = [onset, *np.rint(np.linspace(onset, offset, later_frames + 1)[1:]).astype(int).tolist()]
        return [self.picture(row["frames"][place]) for place in places], places


def _kind(feature) -> str:
    return getattr(feature, "dtype", None) or type(feature).__name__


class StoredPairs(Dataset):
    """
    Labelled clips of a stored dataset, as the model takes them.

    Args:
        clips ([`StoredClips`]):
            The pictures.
        rows (`Sequence[int]`):
            Which rows.
        processor ([`MicronBertImageProcessor`]):
            Turns frames into `pixel_values`; its size is the working size.
        grid (`int`):
            Patches along a side.
        targets (`np.ndarray` of shape `(len(clips),)` or `(len(clips), labels)`):
            Label of every row of the dataset; see [`read_targets`].
        register (`bool`), later_frames (`int`):
            As `register` and `clip_frames` of [`DataArguments`].
        units (`np.ndarray` of shape `(len(clips), units, 3)`, *optional*):
            Action units of every row; see [`stored_units`].

    Items are dictionaries as those of [`LabelledPairs`]; `displacement` and `amplitude` where the dataset has them.
    """

    def __init__(
        self,
        clips: StoredClips,
        rows: Sequence[int],
        processor: MicronBertImageProcessor,
        grid: int,
        targets: np.ndarray,
        register: bool = True,
        later_frames: int = 0,
        units: np.ndarray | None = None,
    ):
        self.units = None if units is None else torch.from_numpy(units)
        self.clips, self.rows, self.processor, self.grid = clips, list(rows), processor, grid
        self.targets, self.register, self.later_frames = torch.from_numpy(targets), register, later_frames
        self.size = processor.size["height"]
        features = clips.dataset.features
        self.fields, self.has_displacement, self.amplitudes = None, False, None
        if "displacement" in features:
            self.fields = clips.dataset.select_columns(["displacement"]).with_format("numpy")
            axes = np.ndim(self.fields[0]["displacement"])
            # a field for the apex alone says nothing about the other frames of a course
            self.has_displacement = axes == 4 or (axes == 3 and not later_frames)
        if "amplitude" in features:
            self.amplitudes = np.asarray(clips.dataset["amplitude"][:], np.float32)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict:
        use_one_thread_in_workers()
        number = self.rows[index]
        pictures, places = self.clips.frames(self.clips.row(number), self.later_frames)
        frames = [fit_frame(picture, self.size) for picture in pictures]
        matrices = [np.eye(2, 3)] * (len(frames) - 1)
        if self.register:
            frames, matrices = register_frames(frames)
        item = {
            "pixel_values": self.processor(frames, return_tensors="pt")["pixel_values"][0],
            "labels": self.targets[number],
        }
        if self.units is not None:
            item["action_units"] = self.units[number]
        if self.has_displacement:
            fields = self._displacement(number, places[1:]) * np.float32(self.size / len(pictures[0]))
            fields = [after_registration(field, m, self.size) for field, m in zip(fields, matrices, strict=True)]
            item["displacement"] = torch.from_numpy(np.stack(fields))
        if self.amplitudes is not None:
            item["amplitude"] = torch.tensor(self.amplitudes[number])
        return item

    def _displacement(self, number: int, places: list[int]) -> np.ndarray:
        """The stored fields of these frames over the patches, `(later frames, 4, grid, grid)`."""
        stored = np.asarray(self.fields[number]["displacement"], np.float32)
        fields = stored[None] if stored.ndim == 3 else stored[places]
        if fields.shape[1] != 4 or any(side % self.grid for side in fields.shape[2:]):
            raise InputError(
                f"`displacement` of the dataset `{self.clips.name}` must have the shape (4, side, side) with a side "
                f"that is a multiple of {self.grid}, or that for each frame; got {stored.shape}. Or remove the column."
            )
        return np.stack([patch_means(field, self.grid) for field in fields])
