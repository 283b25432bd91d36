"""
A training step of `tiny` on one CPU core: milliseconds a pair and peak memory, by precision, and with the memory of
large tensors given back after each use or kept, as training does it.

    python benchmarks/training_step_cpu.py [--batch 32] [--steps 5] [--rounds 3]

Each row is the median over rounds in which all rows take turns, each time in a process of its own. Times are processor
time, so that other work on the machine counts little.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

import torch

from micron_bert import MicronBertConfig, MicronBertForVideoClassification
from micron_bert.training.run import keep_memory

WAYS = {
    "float32, memory given back": ("float32", False),
    "float32, memory kept": ("float32", True),
    "bfloat16 autocast, memory given back": ("bfloat16", False),
    "bfloat16 autocast, memory kept": ("bfloat16", True),
}


def step_time(precision: str, kept: bool, batch: int, steps: int) -> tuple[float, float]:
    """Milliseconds a pair, and MiB of memory at most."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if kept:
        keep_memory()
    config = MicronBertConfig.preset("tiny", num_labels=4)
    model = MicronBertForVideoClassification(config).train()
    frames = torch.randn(batch, 2, 3, config.image_size, config.image_size)
    truth = torch.randn(batch, 1, 4, config.grid_size, config.grid_size)
    labels = torch.randint(4, (batch,))
    for number in range(steps + 2):
        if number == 2:  # the first ones lay out memory
            begun = time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            loss = model(frames, labels=labels, displacement=truth).loss
        loss.backward()
        model.zero_grad()
    spent = time.process_time() - begun
    return 1e3 * spent / steps / batch, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        print(json.dumps(step_time(*WAYS[args.way], args.batch, args.steps)))
        return
    taken = {way: [] for way in WAYS}
    for _ in range(args.rounds):
        for way, results in taken.items():
            command = [sys.executable, __file__, "--way", way, f"--batch={args.batch}", f"--steps={args.steps}"]
            results.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    medians = {way: [statistics.median(column) for column in zip(*rows, strict=True)] for way, rows in taken.items()}
    first = next(iter(medians.values()))[0]
    print(f"{'':<38}{'ms a pair':>10}{'pairs/s':>9}{'ratio':>7}{'peak MiB':>10}")
    for way, (spent, memory) in medians.items():
        print(f"{way:<38}{spent:>10.1f}{1e3 / spent:>9.0f}{first / spent:>7.2f}{memory:>10.0f}")


if __name__ == "__main__":
    main()
