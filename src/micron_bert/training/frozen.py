"""One part of a model alone: what the rest of it makes of each pair is computed once and kept."""

import json
import os
from collections.abc import Callable
from functools import partial
from itertools import islice
from math import ceil
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn
from torch.utils.data import Dataset
from tqdm import tqdm

from micron_bert.cache_folder import is_kept
from micron_bert.errors import InputError
from micron_bert.model.action_units_micron_bert import action_unit_loss
from micron_bert.model.heads_micron_bert import HeadOutput
from micron_bert.model.unit_reading_micron_bert import SIDES
from micron_bert.output_folder import write_text
from micron_bert.training.batches import BATCH, batches_of

FOLDER, RECORD = "features", "features.json"  # in the folder of the run, while it trains
PARTS = ("patches", "displacement", "movement")  # of `HeadOutput`, which the head reads
SHARD = 512  # pairs a file, the most that an interruption loses


class FrozenFeatures(Dataset):
    """
    What a frozen classifier makes of pairs and of their mirror images: item `2k` is pair `k`, `2k + 1` is its image.

    Args:
        folder (`str` or `os.PathLike`):
            Where the files of [`write_features`] are.

    Items are dictionaries of what was kept, without the batch, and `action_units (units, 3)`.
    """

    def __init__(self, folder: str | os.PathLike):
        self._files = [_open(path) for path in sorted(Path(folder).glob("*.safetensors"))]
        self._parts = [{name: file.get_slice(name) for name in file.keys()} for file in self._files]
        self._length = sum(parts["action_units"].get_shape()[0] for parts in self._parts)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        if not 0 <= index < self._length:
            raise IndexError(f"Item `{index}` is not among the `{self._length}`.")
        shard, place = divmod(index, 2 * SHARD)
        return {name: part[place : place + 1][0].float() for name, part in self._parts[shard].items()}


class HeadAlone(nn.Module):
    """
    The head for action units of a model, on [`FrozenFeatures`].

    Args:
        network ([`MicronBertForVideoClassification`]): the model; its head is the one that is trained.
    """

    def __init__(self, network):
        super().__init__()
        self.head = network.action_units
        self.register_buffer("log_floor", network.classifier.log_floor.detach().clone(), persistent=False)
        self.register_buffer("scale", network.classifier.displacement_scale.clone(), persistent=False)

    def forward(self, patches, displacement, movement, action_units) -> dict[str, torch.Tensor]:
        told = self.head(HeadOutput(None, displacement, movement, patches), self.log_floor, self.scale)
        loss = action_unit_loss(told, action_units)
        return {"loss": loss, "action_unit_loss": loss.detach()}


def patches_of(network, said: HeadOutput) -> dict[str, torch.Tensor]:
    """What the head for action units reads of a classifier's output: `patches`, `displacement`, `movement`."""
    return {name: getattr(said, name) for name in PARTS}


def write_features(
    network, pairs: Dataset, folder: str | os.PathLike, workers: int = 0, kept: Callable = patches_of
) -> None:
    """
    Writes what a model makes of each pair and of its mirror image; files that are there already are kept.

    Args:
        network ([`MicronBertForVideoClassification`]): with a positional classifier.
        pairs (`Dataset`): items with `pixel_values` and `action_units`.
        folder (`str` or `os.PathLike`): for one file per 512 pairs, 75 KB a pair for the patches of `tiny`.
        workers (`int`, defaults to 0): processes that make the pairs, which then must be something to pickle.
        kept (`Callable`, defaults to [`patches_of`]): `(network, said) -> dict[str, torch.Tensor]`, what is kept.

    Raises:
        InputError: the folder holds the features of another number of pairs.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"pairs": len(pairs)}) + "\n"
    if (folder / RECORD).is_file() and (folder / RECORD).read_text(encoding="utf-8", errors="replace") != text:
        raise InputError(f"`{folder}` holds features of another run, or damaged ones; remove it.")
    write_text(folder / RECORD, text)
    network.eval()
    starts = range(0, len(pairs), SHARD)
    missing = [start for start in starts if not is_kept(_shard(folder, start), partial(_open, _shard(folder, start)))]
    owned = [range(start, min(start + SHARD, len(pairs))) for start in missing]
    batches = iter(batches_of(pairs, workers, owned))  # one loader for all: its processes take seconds to start
    for own in tqdm(owned, desc=f"features, files of {SHARD} pairs", disable=not missing):
        parts = [_features(network, batch, kept) for batch in islice(batches, ceil(len(own) / BATCH))]
        draft = folder / f".{own.start}.writing"
        save_file({name: torch.cat([part[name] for part in parts]) for name in parts[0]}, draft)
        os.replace(draft, _shard(folder, own.start))


def _open(path: Path):
    try:
        return safe_open(path, "pt")
    except SafetensorError as error:
        raise InputError(f"`{path}` is damaged ({error}); delete it and start again.") from error


def _shard(folder: Path, start: int) -> Path:
    return folder / f"{start // SHARD:05d}.safetensors"


@torch.inference_mode()
def _features(network, batch: dict[str, torch.Tensor], kept: Callable) -> dict[str, torch.Tensor]:
    """Pairs and mirror images in turn, halves of the precision."""
    pixels = batch["pixel_values"].to(network.device)
    both = torch.stack([pixels, pixels.flip(-1)], dim=1).flatten(0, 1)
    said = network.classifier(network.micron_bert(both))
    truth = torch.stack([batch["action_units"], mirrored_units(batch["action_units"])], dim=1).flatten(0, 1)
    features = {name: part.half().cpu().contiguous() for name, part in kept(network, said).items()}
    return features | {"action_units": truth.float().contiguous()}


def mirrored_units(truth: torch.Tensor) -> torch.Tensor:
    """The units `(..., units, 3)` of a picture flipped left to right."""
    mirrored, side = truth.clone(), truth[..., 1]
    left, right = SIDES.index("left"), SIDES.index("right")
    mirrored[..., 1] = torch.where(side == left, right, torch.where(side == right, left, side))
    return mirrored
