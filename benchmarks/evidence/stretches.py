"""Stretches of real clips in which, as whoever chose them says, nobody shows an expression."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.bench import MOVES, Bench
from benchmarks.evidence.bootstrap import Sample
from benchmarks.evidence.table import Table
from micron_bert.cache_key import cache_key
from micron_bert.errors import InputError
from micron_bert.faces import align_clip
from micron_bert.faces.registration import register
from micron_bert.video.reader import open_video

LAG = 0.16  # seconds from onset to apex, the median of the recorded micro-expressions
BLOCK = 0.5  # seconds that are resampled together: neighbouring pairs show the same thing


@dataclass(frozen=True)
class Stretch:
    """A part of a clip, in seconds; to its end where there is none."""

    path: Path
    start: float = 0.0
    end: float | None = None

    @classmethod
    def parse(cls, text: str) -> "Stretch":
        """From `FILE` or `FILE@START-END`."""
        path, _, part = text.rpartition("@") if "@" in Path(text).name else (text, "", "")
        if not part:
            return cls(Path(path))
        start, dash, end = part.partition("-")
        try:
            stretch = cls(Path(path), float(start), float(end) if end else None)
        except ValueError:
            stretch = None
        if stretch is None or not dash or (stretch.end is not None and stretch.end <= stretch.start):
            raise InputError(
                f"`{text}` is no stretch of a clip; write `FILE@START-END` in seconds, such as `a.mp4@1-2.5`."
            )
        return stretch

    @property
    def name(self) -> str:
        end = "end" if self.end is None else f"{self.end:g} s"
        return f"{self.path.name}, {self.start:g} s to {end}"

    def pairs(self, size: int, cache: Path) -> tuple[np.ndarray, np.ndarray]:
        """Registered pairs `LAG` apart, `(N, 2, S, S, 3)`, and their times, `(N,)`."""
        key = cache_key("stretch", [self.start, self.end, size], [self.path], code=[__name__])
        path = cache / f"stretch-{key}.npz"
        if not path.is_file():
            frames, times = self._look(size)
            scratch = path.with_name(f"{path.name}.{os.getpid()}.tmp")
            with open(scratch, "wb") as handle:
                np.savez(handle, frames=frames, times=times)
            os.replace(scratch, path)
        with np.load(path) as stored:
            return stored["frames"], stored["times"]

    def _look(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        with open_video(self.path) as video:
            clip = align_clip(video.frames(self.start, self.end), size, register=False, missing="skip")
        pairs, times = [], []
        for onset, time in enumerate(clip.times):
            apex = int(np.abs(clip.times - time - LAG).argmin())
            if abs(clip.times[apex] - time - LAG) > LAG / 2:
                continue
            registered = register(clip.frames[apex], clip.frames[onset])
            pairs.append(np.stack([clip.frames[onset], registered.frame]))
            times.append(time)
        if not pairs:
            raise InputError(f"`{self.name}` is shorter than {LAG} s; give a longer stretch.")
        return np.stack(pairs), np.array(times)


def watch(bench: Bench, checkpoints: list[Checkpoint], stretches: list[Stretch]) -> Table:
    """How often each checkpoint calls a pair of a stretch an expression."""
    size = bench.faces.portraits[0].size
    table = Table(
        "real_clips",
        f"Share of the pairs {LAG} s apart that are called an expression, in stretches of real clips; 95 % interval "
        "over blocks of half a second.",
        [],
        percent=frozenset(stretch.name for stretch in stretches),
    )
    for stretch in stretches:
        frames, times = stretch.pairs(size, bench.cache)
        blocks = ((times - times.min()) / BLOCK).astype(int)
        sample = Sample(blocks, np.zeros(len(times), int), int(blocks.max()) + 1, bench.draws)
        table.columns.append(stretch.name)
        for checkpoint in checkpoints:
            called = checkpoint.look(frames).logits.argmax(axis=1) < MOVES
            table.rows.setdefault(checkpoint.name, []).append(sample.mean(called.astype(float)))
    return table
