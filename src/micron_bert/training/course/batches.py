"""Batches of windows of courses, with random augmentation that keeps the labels true."""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.signal import lfilter

from micron_bert.model.course_steps_micron_bert import STEP
from micron_bert.training.course.examples import INPUTS, Example, Targets, targets_of
from micron_bert.training.course.injection import FieldBank, inject

WINDOW = 75  # steps
STRETCH = (0.85, 1.2)  # range of the factor by which time is stretched
SIZE = 0.25  # standard deviation of the logarithm of the movement's size
NOISE = 0.05  # % IOD: upper end of the noise that is added to every patch
DRIFT, TREMBLE = 0.5, (0.01, 0.25)  # share of windows with the noise of another camera; its size in % IOD
LASTING = (1.0, 25.0)  # steps over which that noise is correlated
PLACES = 4  # side of the grid of points at which that noise is drawn
SLOW = 0.15  # share of windows at half the frame rate
INJECTED = 0.4  # share of windows into which expressions are injected
MUTE = 0.3  # share of windows without the pair classifier's logits: models with other classes have none
MIX = 0.5  # share of windows to which the movement of another face is added
SHIFT = 0.2  # share of windows that are shifted by one patch
FLIP = np.array([-1, 1, -1, 1], np.float32)[:, None, None]  # mirroring changes the sign of dx


def draw_window(
    example: Example,
    rng: np.random.Generator,
    length: int = WINDOW,
    bank: FieldBank | None = None,
    injected: float = INJECTED,
) -> tuple:
    """
    A window of a course with random augmentation: `(position, maps, pair_logits, targets)`.

    A shorter course is padded with its last step; padding has no weight in the loss.

    Args:
        example ([`Example`]): the course.
        rng (`np.random.Generator`): of what is drawn.
        length (`int`): steps of the window.
        bank ([`FieldBank`], *optional*): expressions to put into some of the windows.
        injected (`float`): share of the windows into which they are put.
    """
    factor = float(np.exp(rng.uniform(*np.log(STRETCH)))) if rng.random() < 0.5 else 1.0
    count = max(int(len(example) * factor), 2)
    begin = int(rng.integers(max(count - length, 0) + 1))
    there = min(length, count - begin)
    # steps of the window as places in the course
    places = np.minimum((begin + np.arange(there)) / factor, len(example) - 1)
    position, maps, logits = (_between(getattr(example, name), places) for name in INPUTS)
    events = example.events.copy()
    events[:, :3] = events[:, :3] * factor - begin * STEP
    if bank is not None and rng.random() < injected:
        # the pair classifier has not seen what is injected, so its outputs are left out
        position, events = inject(position, events, bank, rng)
        maps, logits = np.zeros_like(maps), np.zeros_like(logits)
    targets = targets_of(events, there)
    if rng.random() < SLOW:
        known = np.arange(0, there, 2)
        halved = np.minimum(np.arange(there) / 2, len(known) - 1)
        position, maps, logits = (_between(values[known], halved) for values in (position, maps, logits))
    if rng.random() < 0.5:
        position, maps = position[..., ::-1] * FLIP, maps[..., ::-1]
    position = position * np.float32(np.exp(SIZE * rng.standard_normal()))
    position = position + rng.standard_normal(position.shape, np.float32) * np.float32(rng.uniform(0, NOISE))
    if rng.random() < DRIFT:
        position = position + tremble(rng, len(position), position.shape[-1])
    if rng.random() < MUTE:
        logits = np.zeros_like(logits)
    return (*(_filled(values, length) for values in (position, maps, logits)), _filled_targets(targets, length))


def batch_of(
    examples: Sequence[Example],
    rng: np.random.Generator,
    length: int = WINDOW,
    others: Sequence[Example] = (),
    bank: FieldBank | None = None,
    injected: float = INJECTED,
) -> tuple:
    """
    Windows as tensors: position, maps, pair logits, and [`Targets`] of tensors.

    Args:
        examples (`Sequence[Example]`): one for each window.
        rng (`np.random.Generator`): of what is drawn.
        length (`int`): steps of a window.
        others (`Sequence[Example]`): courses without expressions, to add to some of the windows.
        bank ([`FieldBank`], *optional*): expressions to put into some of the windows.
        injected (`float`): share of the windows into which they are put.
    """
    windows = [draw_window(example, rng, length, bank, injected) for example in examples]
    for number in np.flatnonzero(rng.random(len(windows)) < MIX) if others else ():
        windows[number] = _mixed(
            windows[number], draw_window(others[int(rng.integers(len(others)))], rng, length), rng
        )
    for number in np.flatnonzero(rng.random(len(windows)) < SHIFT):
        position, maps, *rest = windows[number]
        rows, columns = rng.integers(-1, 2, 2)
        windows[number] = _shifted(position, rows, columns), _shifted(maps, rows, columns), *rest
    *inputs, targets = zip(*windows, strict=True)
    columns = zip(*(vars(one).values() for one in targets), strict=True)
    return (*map(_tensor, inputs), Targets(*(_tensor(c) for c in columns)))


def tremble(rng: np.random.Generator, count: int, grid: int) -> np.ndarray:
    """
    Noise that sensor, codec and registration add to the course of a face at rest: `(count, 4, grid, grid)`.

    It is smooth over the face and over time. The displacement of the expression gets a smaller share of the noise
    that the total displacement gets.
    """
    size, lasting = (float(np.exp(rng.uniform(*np.log(limits)))) for limits in (TREMBLE, LASTING))
    keep = np.exp(-1 / lasting)
    fresh = np.sqrt(1 - keep**2) * rng.standard_normal((count, 2, PLACES, PLACES))
    fresh[0] = rng.standard_normal(fresh.shape[1:])
    steps = lfilter([1.0], [1.0, -keep], fresh, axis=0)
    place = np.linspace(0, PLACES - 1, grid)
    near = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(PLACES)))  # (grid, PLACES)
    moved = size * np.einsum("ik,tckl,jl->tcij", near, steps, near)
    return np.concatenate([rng.uniform(0, 0.6) * moved, moved], axis=1).astype(np.float32)


def _tensor(column: tuple) -> torch.Tensor:
    return torch.from_numpy(np.stack(column))


def _mixed(window: tuple, other: tuple, rng: np.random.Generator) -> tuple:
    """A face that moves in both ways: displacements add up, and a patch has moved if it moved in either."""
    position, maps, logits, targets = window
    share = np.float32(rng.uniform(0.3, 1.0))
    together = maps.copy()
    together[:, 0] = 1 - (1 - maps[:, 0]) * (1 - share * other[1][:, 0])
    # the pair classifier has not seen the sum, so its logits are left out
    return position + share * other[0], together, np.zeros_like(logits), targets


def _shifted(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Maps `(…, rows, columns)` shifted by whole patches; the edge is repeated."""
    height, width = values.shape[-2:]
    down = np.clip(np.arange(height) - rows, 0, height - 1)
    right = np.clip(np.arange(width) - columns, 0, width - 1)
    return np.ascontiguousarray(values[..., down[:, None], right])


def _between(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values at fractional steps, by linear interpolation."""
    low = np.floor(places).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    share = (places - low).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    return values[low] * (1 - share) + values[high] * share if share.any() else values[low]


def _filled(values: np.ndarray, length: int) -> np.ndarray:
    more = np.repeat(values[-1:], length - len(values), axis=0)
    return np.ascontiguousarray(np.concatenate([values, more])).astype(values.dtype)


def _filled_targets(targets: Targets, length: int) -> Targets:
    count = len(targets.kind)
    filled = Targets(*(_filled(values, length) for values in vars(targets).values()))
    filled.weight[count:], filled.label[count:], filled.kind[count:], filled.apex[count:] = 0, -1, 0, 0
    return filled
