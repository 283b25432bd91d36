"""Sets of pairs in a cache: rendered once by several processes, mapped into memory, continued when interrupted."""

import multiprocessing
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.evidence.conditions import Condition
from benchmarks.evidence.faces import Faces, open_portraits
from micron_bert.cache_key import cache_key
from micron_bert.data.examples.registered import after_registration
from micron_bert.evaluation.baselines.linear import FLOW_GRID, optical_flow
from micron_bert.faces.registration import register
from micron_bert.synthesis.motion.displacement import patch_means
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import Portrait

GRID = 14  # places at which movement is judged, along a side; finer and coarser maps are brought to it
CHUNK = 25  # pairs a worker makes at a time


@dataclass(frozen=True)
class PairSet:
    """
    Pairs under one condition.

    Attributes:
        condition ([`Condition`]): how they were made.
        seed (`int`): of the pairs.
        key (`str`): a hash of all that they depend on.
        frames (`np.ndarray` of shape `(N, 2, S, S, 3)`): uint8, onset and apex; empty where they were not kept.
        labels (`np.ndarray` of shape `(N,)`): indices into `LABELS`.
        amplitude (`np.ndarray` of shape `(N,)`): in % IOD, 0 without an expression.
        people (`np.ndarray` of shape `(N,)`): indices into `Faces.people`.
        moved (`np.ndarray` of shape `(N, 14, 14)`): share of each patch that the expression moved.
        displacement (`np.ndarray` of shape `(N, 4, 14, 14)`): expression dx, dy, total dx, dy, in pixels.
        flow (`np.ndarray` of shape `(N, 28, 28, 2)`): of `micron_bert.evaluation.baselines.linear.optical_flow`.
        difference (`np.ndarray` of shape `(N, 14, 14)`): mean absolute difference of grey levels.
    """

    condition: Condition
    seed: int
    key: str
    frames: np.ndarray
    labels: np.ndarray
    amplitude: np.ndarray
    people: np.ndarray
    moved: np.ndarray
    displacement: np.ndarray
    flow: np.ndarray
    difference: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def set_key(faces: Faces, condition: Condition, seed: int, count: int) -> str:
    """The key of a set: of the faces, the settings and the code that makes pairs of them."""
    shown = sorted({faces.portraits[i].subject for i in getattr(faces, condition.people)})
    return cache_key("pairs", [faces.digest, shown, asdict(condition), seed, count], code=[__name__])


def draw_pairs(portraits: list[Portrait], condition: Condition, seed: int) -> SyntheticPairs:
    """The pairs of some portraits under a condition, before registration."""
    size = portraits[0].size
    residue = condition.residue * size / 112
    return SyntheticPairs(portraits, size, seed, residue, nuisances=condition.nuisances, length=2**31)


def render_set(
    faces: Faces,
    condition: Condition,
    seed: int,
    count: int,
    cache: Path,
    processes: int,
    report: Callable[[str], None] = print,
) -> PairSet:
    """
    Take a set from the cache, or make what is missing of it.

    Args:
        faces ([`Faces`]): whom to show.
        condition ([`Condition`]): how.
        seed (`int`): of the pairs.
        count (`int`): how many.
        cache (`Path`): where sets are kept.
        processes (`int`): how many to use.
        report (`Callable[[str], None]`): gets a sentence now and then.
    """
    size = faces.portraits[0].size
    key = set_key(faces, condition, seed, count)
    folder = cache / f"pairs-{key}"
    if not folder.is_dir():
        _lay_out(folder, count, size, condition.frames)
    done = np.load(folder / "done.npy", mmap_mode="r")
    starts = [start for start in range(0, count, CHUNK) if not done[start : start + CHUNK].all()]
    if starts:
        report(f"Rendering {count} pairs, {condition.name}, seed {seed} …")
        settings = (faces.folder, list(getattr(faces, condition.people)), faces.people, condition, seed, folder)
        if processes == 1:
            _prepare(*settings)
            for start in starts:
                _render(start)
        else:
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(processes, context, initializer=_prepare, initargs=settings) as pool:
                list(pool.map(_render, starts))
    fields = {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy") if path.stem != "done"}
    return PairSet(condition, seed, key, **fields)


def _lay_out(folder: Path, count: int, size: int, frames: bool) -> None:
    """Empty arrays of a set, all at once, so that nobody meets half of them."""
    scratch = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    scratch.mkdir(parents=True)
    shapes = {
        "frames": ((count if frames else 0, 2, size, size, 3), np.uint8),
        "labels": ((count,), np.int64),
        "amplitude": ((count,), np.float32),
        "people": ((count,), np.int64),
        "moved": ((count, GRID, GRID), np.float32),
        "displacement": ((count, 4, GRID, GRID), np.float32),
        "flow": ((count, FLOW_GRID, FLOW_GRID, 2), np.float32),
        "difference": ((count, GRID, GRID), np.float32),
        "done": ((count,), bool),
    }
    for name, (shape, kind) in shapes.items():
        if 0 in shape:  # nothing to map
            np.save(scratch / f"{name}.npy", np.zeros(shape, kind))
        else:
            np.lib.format.open_memmap(scratch / f"{name}.npy", "w+", kind, shape)
    try:
        scratch.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(scratch)


def _prepare(portraits: Path, chosen: list[int], people: list[str], condition: Condition, seed: int, folder: Path):
    """Open what a worker reads and writes, once."""
    global _pairs, _people, _condition, _arrays
    cv2.setNumThreads(1)
    faces = open_portraits(portraits)
    _pairs = draw_pairs([faces[i] for i in chosen], condition, seed)
    _people = {name: index for index, name in enumerate(people)}
    _condition = condition
    _arrays = {
        path.stem: np.load(path, mmap_mode="r+")
        for path in folder.glob("*.npy")
        if path.stem != "frames" or condition.frames
    }


def _render(start: int) -> None:
    done = _arrays["done"]
    for index in range(start, min(start + CHUNK, len(done))):
        if not done[index]:
            for name, value in make_pair(_pairs, _condition, index).items():
                if name == "subject":
                    _arrays["people"][index] = _people[value]
                elif name in _arrays:
                    _arrays[name][index] = value
            done[index] = True


def make_pair(pairs: SyntheticPairs, condition: Condition, index: int) -> dict:
    """One pair and what is measured on it: the fields of [`PairSet`], and the `subject`."""
    pair, size = pairs[index], pairs.size
    onset, apex = (_coarsen(frame, condition.resolution) for frame in pair.frames)
    displacement = patch_means(np.concatenate([pair.expression, pair.total]), GRID)
    if condition.registered:
        registration = register(apex, onset)
        apex = registration.frame
        displacement = after_registration(displacement, registration.matrix, size)
    greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in (onset, apex)]
    return {
        "frames": np.stack([onset, apex]),
        "labels": pair.label,
        "amplitude": pair.amplitude,
        "subject": pair.subject,
        "moved": patch_means(pair.mask[None].astype(np.float32), GRID)[0],
        "displacement": displacement,
        "flow": optical_flow(onset, apex),
        "difference": patch_means(np.abs(greys[1] - greys[0])[None], GRID)[0],
    }


def _coarsen(frame: np.ndarray, share: float) -> np.ndarray:
    """The frame as a camera of fewer pixels would have taken it."""
    if share == 1:
        return frame
    size = len(frame)
    small = cv2.resize(frame, (round(share * size),) * 2, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC)
