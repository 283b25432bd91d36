"""One command, one or several processes, and errors in one sentence."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from transformers.utils import logging

from micron_bert.training.arguments import MicronBertTrainingArguments


def wants_processes(training: MicronBertTrainingArguments) -> bool:
    """Whether `processes` are still to be started; `torchrun` and `accelerate launch` have started theirs."""
    return training.processes > 1 and "LOCAL_RANK" not in os.environ


def start_processes(module: str, argv: Sequence[str], processes: int) -> int:
    """
    Runs a module once per process, joined by `torch.distributed`: NCCL on GPUs, gloo on the CPU.

    Args:
        module (`str`):
            What to run, as after `python -m`.
        argv (`Sequence[str]`):
            Its arguments.
        processes (`int`):
            How many, all on this machine.

    Returns:
        `int`: 0, or 1 if a process failed.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    return subprocess.run([*command, "-m", module, *argv]).returncode


def run_command(main: Callable[[], int]) -> int:
    """Runs `main` for `python -m`: what the user can mend becomes one sentence and exit code 2."""
    logging.set_verbosity_warning()
    try:
        return main()
    except (ValueError, OSError, ImportError) as error:
        if os.environ.get("RANK", "0") == "0":
            print(f"error: {error}", file=sys.stderr)
        return 2
