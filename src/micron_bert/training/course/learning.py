"""The training loop of the course head."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from micron_bert.model.course_micron_bert import MicronBertCourseHead
from micron_bert.training.course.batches import INJECTED, WINDOW, batch_of
from micron_bert.training.course.examples import Example
from micron_bert.training.course.injection import FieldBank
from micron_bert.training.course.losses import course_loss

BATCH = 16  # windows
RATE, DECAY, WARM_UP = 1.5e-3, 0.05, 0.05
SHORT, SHORTEST = 0.3, 20  # share of the batches with short windows, as of clips; least steps of those
KEEP = 0.998  # decay of the exponential moving average of the weights
EVERY = 200  # steps between two reports


def running_mean(mean: torch.Tensor, now: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
    """The moving average of weights after one more step; it forgets early steps faster, because they change more."""
    return mean + max(1 - KEEP, 9 / (10 + int(count))) * (now - mean)


def learn(
    head: MicronBertCourseHead,
    examples: Sequence[Example],
    shares: dict[str, float],
    steps: int,
    bank: FieldBank | None = None,
    seed: int = 0,
    report: Callable[[str], None] = print,
    rate: float = RATE,
    injected: float = INJECTED,
) -> None:
    """
    Trains a head, in place. It ends with the moving average of its weights, which errs less on new people.

    Args:
        head ([`MicronBertCourseHead`]): with the weights to start from.
        examples (`Sequence[Example]`): to train on.
        shares (`dict[str, float]`): share of each `source` among the examples drawn; other sources are left out.
        steps (`int`): number of batches.
        bank ([`FieldBank`], *optional*): expressions to inject into courses.
        seed (`int`): of all that is random.
        report (`Callable`): called with a line about the loss now and then.
        rate (`float`): the highest learning rate.
        injected (`float`): share of the windows into which expressions of the bank are injected.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    pools = {source: [e for e in examples if e.source == source] for source in shares}
    pools = {source: pool for source, pool in pools.items() if pool}
    odds = np.array([shares[source] for source in pools])
    names = list(pools)
    quiet = [example for pool in pools.values() for example in pool if not len(example.events)]
    head.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=DECAY, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, pct_start=WARM_UP)
    mean = AveragedModel(head, avg_fn=running_mean)
    begun, parts = time.monotonic(), []
    for step in range(1, steps + 1):
        drawn = [pools[names[n]] for n in rng.choice(len(names), size=BATCH, p=odds / odds.sum())]
        length = int(rng.integers(SHORTEST, WINDOW)) if rng.random() < SHORT else WINDOW
        chosen = [pool[int(rng.integers(len(pool)))] for pool in drawn]
        *inputs, targets = batch_of(chosen, rng, length, quiet, bank, injected)
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
            described = ", ".join(f"{name} {value:.3f}" for name, value in means)
            report(f"step {step} of {steps}, {time.monotonic() - begun:.0f} s: {described}")
            parts = []
    head.load_state_dict(mean.module.state_dict())
    head.eval().requires_grad_(False)
