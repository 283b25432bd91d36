"""Pairs and courses of frames from shards: which ones follows from the seed and the index alone."""

import io
import logging
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from micron_bert.data.examples.moments import draw_moments
from micron_bert.data.shards.copies import ShardCopies
from micron_bert.data.shards.plan import CLIPS, read_plan
from micron_bert.data.shards.report import read_records
from micron_bert.data.shards.store import Store, reason_of
from micron_bert.errors import InputError

OPEN_FILES = 64  # shards that a process keeps open
PURPOSE = 17  # of the random numbers that order the clips

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ShardedClip:
    """Where a clip is: its shard, its row in it, and whom it shows."""

    subject: str
    shard: int
    row: int


class ShardedClips:
    """
    The clips that `micron-bert shard` wrote, known by the records of the shards, so that none is opened before one of
    its clips is wanted.

    Args:
        address (`str`):
            Folder, or address that `fsspec` knows.
        copy (`bool`, defaults to `True`):
            Whether each shard of an address is copied to this machine when it is first wanted; otherwise every clip is
            fetched anew.
        cache (`str` or `Path`, *optional*):
            Folder of the copies; one in the user's cache by default.

    Attributes:
        clips (`list[ShardedClip]`): of all shards, those that are missing left out.
        missing (`list[int]`): shards that are not there.
        broken (`torch.Tensor` of shape `(shards,)`): 1 where a shard could not be read so far. It is shared with the
            processes of a loader, which find out.

    Raises:
        [`InputError`]: there are no shards, or they do not fit on the disk.
    """

    def __init__(self, address: str, copy: bool = True, cache: str | Path | None = None):
        self.store = Store(address)
        self.plan, self.clips, self.files = read_plan(self.store), [], OrderedDict()
        self.digests, sizes = {}, {}
        self.copies = None if self.store.local or not copy else ShardCopies(self.store, cache)
        self.broken = torch.zeros(self.plan.shards, dtype=torch.uint8).share_memory_()
        there, lacking = self.store.names(CLIPS), []
        for shard, record in enumerate(read_records(self.store, self.plan)):
            whole = record and (record["sha256"] is None or self.plan.clips_path(shard).split("/")[1] in there)
            if not whole:
                lacking.append(shard)
                continue
            if record["sha256"] is not None:
                self.digests[shard], sizes[record["sha256"]] = record["sha256"], record["bytes"]
            self.clips += [ShardedClip(person, shard, row) for row, (person, *_) in enumerate(record["clips"])]
        self.missing = lacking
        if lacking:
            logger.warning(
                "%d of %d shards of `%s` are missing (the first: %d); the others are used.",
                len(lacking), self.plan.shards, address, lacking[0],
            )  # fmt: skip
        if not self.clips:
            raise InputError(f"`{address}` holds no clips yet; run `micron-bert shard` to the end.")
        if self.copies:
            self.copies.reserve(sizes)

    def __getstate__(self) -> dict:
        return {**self.__dict__, "files": OrderedDict()}  # open files stay in their process

    def read(self, clip: ShardedClip) -> dict:
        """`frames` (picture files) and `times` (seconds) of a clip."""
        path = self.plan.clips_path(clip.shard)
        try:
            return self._file(clip.shard).read_row_group(clip.row, columns=["frames", "times"]).to_pylist()[0]
        except InputError:
            raise
        except Exception as error:  # each file system has errors of its own
            raise InputError(
                f"`{self.store.address}/{path}` cannot be read: {reason_of(error)}. `micron-bert shard --verify` "
                "looks over all shards."
            ) from error

    def _file(self, shard: int):
        import pyarrow.parquet

        if shard in self.files:
            self.files.move_to_end(shard)
        else:
            self.files[shard] = pyarrow.parquet.ParquetFile(self._open(shard))
            if len(self.files) > OPEN_FILES:
                self.files.popitem(last=False)[1].close(force=True)
        return self.files[shard]

    def _open(self, shard: int):
        path = self.plan.clips_path(shard)
        if self.copies:
            return open(self.copies.get(path, self.digests[shard]), "rb")
        # nothing is read ahead: the next clip is of another shard
        return self.store.fs.open(self.store.path(path), "rb", cache_type="none")


class ShardMoments:
    """
    Moments of clips in shards: every clip once, in an order of its own for each pass, then all of them again.

    (Not by `datasets.IterableDataset`, whose order depends on the number of workers. Here item `i` is the same for any
    number of workers and processes, and a run goes on at any step.)

    A clip that cannot be read gives way to the next one in the order. Its shard is named once by each process.

    Args:
        clips ([`ShardedClips`]):
            All of them.
        chosen (`list[ShardedClip]`):
            Those to draw from.
        interval (`tuple[float, float]`):
            Smallest and largest time in seconds from the first to the last frame that is drawn.
        seed (`int`):
            Of the order.
        later_frames (`int`, defaults to 1):
            Frames after the first: 1 for pairs, more for a course, evenly up to the last one.
    """

    def __init__(
        self,
        clips: ShardedClips,
        chosen: list[ShardedClip],
        interval: tuple[float, float],
        seed: int,
        later_frames: int = 1,
    ):
        self.clips, self.chosen, self.interval = clips, chosen, tuple(interval)
        self.seed, self.later_frames = seed, later_frames
        self._pass, self._order, self._told = None, None, set()

    def clip_of(self, index: int, further: int = 0) -> ShardedClip:
        """The clip of an item; or the one that is so many places further in the same pass."""
        number, place = divmod(index, len(self.chosen))
        place = (place + further) % len(self.chosen)
        if number != self._pass:
            order = np.random.default_rng([self.seed, number, PURPOSE]).permutation(len(self.chosen))
            self._pass, self._order = number, order
        return self.chosen[int(self._order[place])]

    def draw(self, index: int, rng: np.random.Generator) -> list[np.ndarray]:
        """
        The frames of an item, RGB uint8 `(S, S, 3)`; `rng` says when.

        Raises:
            [`InputError`]: none of the clips can be read.
        """
        for further in range(len(self.chosen)):
            clip = self.clip_of(index, further)
            try:
                return self._frames(clip, rng)
            except InputError as error:
                # each clip is tried, also of a shard that failed before: else the order would depend on who saw what
                if clip.shard not in self._told:
                    logger.warning("%s Other clips are shown instead.", error)
                self._told.add(clip.shard)
                self.clips.broken[clip.shard] = 1
        raise InputError(f"None of the clips in `{self.clips.store.address}` can be read; make its shards again.")

    def _frames(self, clip: ShardedClip, rng: np.random.Generator) -> list[np.ndarray]:
        row = self.clips.read(clip)
        first, last = draw_moments(np.array(row["times"]), self.interval, rng)
        places = [first, *np.linspace(first, last, self.later_frames + 1)[1:].round().astype(int)]
        try:
            return [decode(row["frames"][place]["bytes"]) for place in places]
        except OSError as error:  # also what Pillow raises
            raise InputError(
                f"A frame in `{self.clips.store.address}/{self.clips.plan.clips_path(clip.shard)}` is broken; "
                "`micron-bert shard --verify` looks over all shards."
            ) from error


def decode(picture: bytes) -> np.ndarray:
    """A picture file as RGB `(S, S, 3)`, uint8."""
    with Image.open(io.BytesIO(picture)) as opened:
        return np.asarray(opened.convert("RGB"))
