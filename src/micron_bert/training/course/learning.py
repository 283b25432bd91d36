"""Fitting the course head to courses, step by step."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from micron_bert.model.course_micron_bert import MicronBertCourseHead
from micron_bert.training.course.batches import WINDOW, batch_of
from micron_bert.training.course.examples import Example
from micron_bert.training.course.injection import FieldBank
from micron_bert.training.course.losses import course_loss

BATCH = 16  # windows
RATE, DECAY, WARM_UP = 1.5e-3, 0.05, 0.05
SHORT, SHORTEST = 0.3, 20  # share of the batches that are of short windows, as of clips; their least steps
KEEP = 0.998  # share of the mean weights that each step leaves as they are
EVERY = 200  # steps between two reports


def running_mean(mean: torch.Tensor, now: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
    """The mean of weights after one more step; the first ones, from which much changes, are soon forgotten."""
    return mean + max(1 - KEEP, 9 / (10 + int(count))) * (now - mean)


def learn(
    head: MicronBertCourseHead,
    examples: Sequence[Example],
    shares: dict[str, float],
    steps: int,
    bank: FieldBank | None = None,
    seed: int = 0,
    report: Callable[[str], None] = print,
) -> None:
    """
    Fits a head, in place. It ends with the running mean of its weights, which errs less on people it does not know.

    Args:
        head ([`MicronBertCourseHead`]): with the weights to start from.
        examples (`Sequence[Example]`): to learn from.
        shares (`dict[str, float]`): how often an example of each `source` is drawn; sources that are not named never.
        steps (`int`): batches.
        bank ([`FieldBank`], *optional*): expressions that are put into courses while they are learned from.
        seed (`int`): of what is drawn and changed.
        report (`Callable`): takes what is to be said about it.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    pools = {source: [e for e in examples if e.source == source] for source in shares}
    pools = {source: pool for source, pool in pools.items() if pool}
    odds = np.array([shares[source] for source in pools])
    names = list(pools)
    quiet = [example for pool in pools.values() for example in pool if not len(example.events)]
    head.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps, pct_start=WARM_UP)
    mean = AveragedModel(head, avg_fn=running_mean)
    begun, parts = time.monotonic(), []
    for step in range(1, steps + 1):
        drawn = [pools[names[n]] for n in rng.choice(len(names), size=BATCH, p=odds / odds.sum())]
        length = int(rng.integers(SHORTEST, WINDOW)) if rng.random() < SHORT else WINDOW
        *inputs, targets = batch_of([pool[int(rng.integers(len(pool)))] for pool in drawn], rng, length, quiet, bank)
        losses = course_loss(head(*inputs), targets)
        optimizer.zero_grad()
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        mean.update_parameters(head)
        parts.append([float(part.detach()) for part in losses.values()])
        if step % EVERY == 0 or step == steps:
            means = zip(losses, np.mean(parts, axis=0), strict=True)
            told = ", ".join(f"{name} {value:.3f}" for name, value in means)
            report(f"step {step} of {steps}, {time.monotonic() - begun:.0f} s: {told}")
            parts = []
    head.load_state_dict(mean.module.state_dict())
    head.eval().requires_grad_(False)
