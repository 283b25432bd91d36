"""Pairs synthesised while training, as the models take them."""

from collections.abc import Sequence
from multiprocessing import context, current_process

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset, get_worker_info

from micron_bert.data.examples.registered import after_registration, register_frames
from micron_bert.data.examples.targets import unit_truth
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.synthesis.motion.displacement import patch_means
from micron_bert.synthesis.pairs import SyntheticPairs


def use_one_thread_in_workers() -> None:
    """
    OpenCV starts a thread per core in each worker process unless told otherwise.

    A forked worker is left as it is: it lacks its parent's threads, and OpenCV hangs or crashes when it ends them.
    """
    forked = isinstance(current_process(), getattr(context, "ForkProcess", ()))  # Windows has none
    if get_worker_info() is not None and not forked and cv2.getNumThreads() != 1:
        cv2.setNumThreads(1)


class LabelledPairs(Dataset):
    """
    Synthetic pairs with label and true displacement, by index.

    Args:
        pairs ([`SyntheticPairs`]):
            Where they come from.
        processor ([`MicronBertImageProcessor`]):
            Turns frames into `pixel_values`.
        patch_size (`int`):
            Side of the model's patches in pixels.
        register (`bool`, defaults to `True`):
            Whether the apex is registered to the onset.
        action_units (`Sequence[str]`, defaults to `()`):
            Numbers of the units that the model has a head for.

    Items are dictionaries: `pixel_values (2, 3, H, W)`, `labels ()`, `displacement (1, 4, rows, columns)` in pixels as
    it is left after registration, `amplitude ()` in % IOD, and `action_units (units, 3)` where there are any.
    """

    def __init__(
        self,
        pairs: SyntheticPairs,
        processor: MicronBertImageProcessor,
        patch_size: int,
        register: bool = True,
        action_units: Sequence[str] = (),
    ):
        self.action_units = tuple(action_units)
        self.pairs, self.processor, self.patch_size, self.register = pairs, processor, patch_size, register

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> dict:
        use_one_thread_in_workers()
        pair = self.pairs[index]
        size, frames = self.pairs.size, list(pair.frames)
        displacement = patch_means(np.concatenate([pair.expression, pair.total]), size // self.patch_size)
        if self.register:
            frames, (matrix,) = register_frames(frames)
            displacement = after_registration(displacement, matrix, size)
        item = {
            "pixel_values": self.processor(frames, return_tensors="pt")["pixel_values"][0],
            "labels": torch.tensor(pair.label),
            "displacement": torch.from_numpy(displacement[None]),
            "amplitude": torch.tensor(np.float32(pair.amplitude)),
        }
        if self.action_units:
            item["action_units"] = torch.from_numpy(unit_truth(pair.action_units, self.action_units))
        return item
