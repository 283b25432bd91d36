"""Pairs of frames without labels, for pre-training, with what the method draws for each of them."""

import numpy as np
import torch
from torch.utils.data import Dataset

from micron_bert.arguments.data import DataArguments
from micron_bert.data.examples.aligned_videos import aligned_videos
from micron_bert.data.examples.labelled import TEST_SEED, Identity, Parts, split_people, subjects_of
from micron_bert.data.examples.moments import StoredMoments, SyntheticMoments, VideoMoments
from micron_bert.data.examples.registered import fit_frame, register_frames
from micron_bert.data.examples.stored import StoredClips, open_dataset
from micron_bert.data.examples.synthetic import use_one_thread_in_workers
from micron_bert.data.shards.moments import ShardedClips, ShardMoments
from micron_bert.model.agreement_micron_bert import draw_crop_boxes
from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.model.swapping_micron_bert import draw_swap_mask
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import load_portraits

SOURCES = ("faces", "dataset", "videos", "shards")


class UnlabelledPairs(Dataset):
    """
    Pairs for [`MicronBertForPreTraining`], each with its swap mask and crop, all of it from `(seed, index)` alone.

    Args:
        moments ([`StoredMoments`], [`SyntheticMoments`], [`VideoMoments`] or [`ShardMoments`]):
            Draws two frames.
        processor ([`MicronBertImageProcessor`]):
            Turns frames into `pixel_values`; its size is the working size.
        config ([`MicronBertConfig`]):
            Gives the number of patches, `swap_ratio` and `crop_scale`.
        length (`int`):
            How many pairs there are.
        seed (`int`):
            Another seed, other pairs.
        register (`bool`, defaults to `True`):
            Whether the later frame is registered to the earlier one.

    Items are dictionaries: `pixel_values (2, 3, H, W)`, `crop_boxes (4,)` and, where the objective swaps patches,
    `swap_mask (patches,)`.
    """

    def __init__(
        self,
        moments,
        processor: MicronBertImageProcessor,
        config: MicronBertConfig,
        length: int,
        seed: int,
        register: bool = True,
    ):
        self.moments, self.processor, self.length, self.seed, self.register = (
            moments,
            processor,
            length,
            seed,
            register,
        )
        self.patches, self.swap_ratio, self.crop_scale = config.grid_size**2, config.swap_ratio, config.crop_scale
        self.size, self.swaps = config.image_size, config.objective == "swapping"

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict:
        if not 0 <= index < self.length:
            raise IndexError(f"Pair `{index}` is not among the `{self.length}`.")
        use_one_thread_in_workers()
        rng = np.random.default_rng([self.seed, index, 1])  # not the stream that synthetic pairs are drawn from
        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        frames = [fit_frame(frame, self.size) for frame in self.moments.draw(index, rng)]
        if self.register:
            frames, _ = register_frames(frames)
        swap_mask = draw_swap_mask(1, self.patches, self.swap_ratio, generator)[0]
        return {
            "pixel_values": self.processor(frames, return_tensors="pt")["pixel_values"][0],
            **({"swap_mask": swap_mask} if self.swaps else {}),
            "crop_boxes": draw_crop_boxes(1, self.crop_scale, generator)[0],
        }


def unlabelled_data(
    data: DataArguments, config: MicronBertConfig, processor: MicronBertImageProcessor, pairs: int, seed: int
) -> Parts:
    """
    Pairs of frames from the source that the arguments name.

    Args:
        data ([`DataArguments`]), config ([`MicronBertConfig`]), processor ([`MicronBertImageProcessor`]):
            What to draw from, and as what.
        pairs (`int`):
            Length of the schedule.
        seed (`int`):
            Of the pairs.

    Raises:
        InputError: the source cannot be used.
    """
    source = {"faces": _faces, "dataset": _dataset, "videos": _videos, "shards": _shards}[data.source(SOURCES)]
    train, test, train_subjects, test_subjects = source(data, config, seed, pairs)
    drawn = UnlabelledPairs(train, processor, config, pairs, seed, data.register)
    held_out = None
    if test is not None and data.test_pairs > 0:
        held_out = UnlabelledPairs(test, processor, config, data.test_pairs, TEST_SEED, data.register)
    return Parts(drawn, held_out, train_subjects, test_subjects)


def _faces(data: DataArguments, config: MicronBertConfig, seed: int, pairs: int) -> tuple:
    size, parts = config.image_size, split_people(load_portraits(data.faces, size=config.image_size), data)

    def moments(portraits, seed, length):
        drawn = SyntheticPairs(portraits, size, seed, data.residue, tuple(data.amplitude), length)
        return SyntheticMoments(drawn)

    train, test = parts
    shown = moments(train, seed, pairs), moments(test, TEST_SEED, data.test_pairs) if test else None
    return *shown, *map(subjects_of, parts)


def _dataset(data: DataArguments, config: MicronBertConfig, seed: int, pairs: int) -> tuple:
    stored = open_dataset(data.dataset, data.dataset_config, data.train_split)
    clips = StoredClips(stored, data.dataset, need_positions=False)
    names = stored["subject"] if "subject" in stored.features else [f"row {n}" for n in range(len(stored))]
    parts = split_people([Identity(str(name), number) for number, name in enumerate(names)], data)
    train, test = (
        StoredMoments(clips, [one.number for one in part], data.interval, data.fps) if part else None for part in parts
    )
    return train, test, *map(subjects_of, parts)


def _videos(data: DataArguments, config: MicronBertConfig, seed: int, pairs: int) -> tuple:
    parts = split_people(aligned_videos(data.videos, config.image_size, data.cache), data)
    train, test = (VideoMoments(part, data.interval) if part else None for part in parts)
    return train, test, *map(subjects_of, parts)


def _shards(data: DataArguments, config: MicronBertConfig, seed: int, pairs: int) -> tuple:
    clips = ShardedClips(data.shards, data.copy_shards, data.cache)
    parts = split_people(clips.clips, data)
    seeds = (seed, TEST_SEED)
    train, test = (
        ShardMoments(clips, part, data.interval, seed) if part else None
        for part, seed in zip(parts, seeds, strict=True)
    )
    return train, test, *map(subjects_of, parts)
