"""
All that a GPU has to settle, in one run: tests, ceilings, tables, training steps, films, a training.

    bash benchmarks/gpu/run.sh [--minutes 9.5] [--output runs/gpu] [--faces FOLDER ... --train-minutes 3]
    bash benchmarks/gpu/run.sh --only small --faces FOLDER ... --train-minutes 8      # a second call: goes on training
    bash benchmarks/gpu/run.sh --dry-run        # without a GPU: every step runs, small; no figure is one of speed
    bash benchmarks/gpu/run.sh --merge          # puts the table of the last run into the documents

Each step has its own limit and its own result file, and the table is written again after each, so that what was
reached before a cut counts. Nothing is fetched: what a machine lacks can lie in a folder of wheels, which
`WHEELS=FOLDER bash benchmarks/gpu/run.sh` puts before its packages, and the face models in a folder that
`MICRON_BERT_FACE_MODELS` names. A step whose packages are missing is left out with a sentence.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.gpu.environment import version_of
from benchmarks.gpu.report import CUT, merge, states_of, write
from benchmarks.gpu.steps import INTERPRETED, ROOT, Step, all_steps

MINUTES = 9.5  # for all steps, so that a lender's ten are enough
LEAST = 5  # seconds that a step must have left to begin


def run(step: Step, output: Path, seconds: float, dry: bool) -> tuple[str, float]:
    """Runs a step, its output into its file; how it ended, and how long it took."""
    missing = [package for package in step.needs if version_of(package) is None]
    if missing:
        return f"left out: {', '.join(missing)} missing", 0.0
    command = step.rehearsal if dry else step.command
    environment = os.environ | (INTERPRETED if dry and step.interpreted else {}) | {"PYTHONUNBUFFERED": "1"}
    limit = seconds if dry else min(step.limit, seconds)  # a processor is slower than any limit
    begun = time.monotonic()
    with open(output / f"{step.name}.txt", "w") as file:
        try:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, env=environment, start_new_session=True
            )
        except OSError as error:
            return f"not there: {error.filename or command[0]}", 0.0
        try:
            status = process.wait(timeout=max(1, limit))
            ended = "done" if status == 0 else f"exit code {status}"
        except subprocess.TimeoutExpired:
            ended = "stopped at its limit"
        finally:  # what the step started would go on, and hold the GPU
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return ended, time.monotonic() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("runs/gpu"))
    parser.add_argument("--minutes", type=float, default=MINUTES, help="for all steps together")
    parser.add_argument("--faces", nargs="*", default=[], help="folders of photographs to train `small` on")
    parser.add_argument("--train-minutes", type=float, default=3.0, help="for which `small` is trained")
    parser.add_argument("--only", nargs="*", default=[], help="steps to run, by name; all if left out")
    parser.add_argument("--dry-run", action="store_true", help="without a GPU, every step small")
    parser.add_argument("--merge", action="store_true", help="put the table of the last run into the documents")
    arguments = parser.parse_args()
    output = arguments.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    if arguments.merge:
        for path in merge(output):
            print(path)
        return 0
    faces = [str(Path(folder).resolve()) for folder in arguments.faces]
    steps = all_steps(output, faces, arguments.train_minutes)
    unknown = set(arguments.only) - {step.name for step in steps}
    if unknown:
        parser.error(f"there is no step `{sorted(unknown)[0]}`; choose from {', '.join(step.name for step in steps)}")
    # who lends the machine ends the run so: the step that runs goes with it, and the table says how far it came
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    end = time.monotonic() + 60 * arguments.minutes
    # the steps that are not asked for keep what an earlier run reached
    states = states_of(output, arguments.dry_run) if arguments.only else {}
    table = write(output, steps, states, arguments.dry_run)
    for step in steps:
        if arguments.only and step.name not in arguments.only:
            continue
        left, begun = end - time.monotonic(), time.monotonic()
        try:
            states[step.name] = run(step, output, left, arguments.dry_run) if left > LEAST else ("no time left", 0.0)
        except (KeyboardInterrupt, SystemExit):
            states[step.name] = (CUT, time.monotonic() - begun)
            write(output, steps, states, arguments.dry_run)
            raise
        table = write(output, steps, states, arguments.dry_run)
        print("{}: {}, {:.0f} s".format(step.name, *states[step.name]), flush=True)
    print(f"\n{table}")
    return 1 if any(ended.startswith("exit code") for ended, _ in states.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
