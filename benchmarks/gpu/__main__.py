"""
All that a GPU has to settle, in one run: tests, ceilings, tables, training steps, spotting, a training.

    bash benchmarks/gpu/run.sh [--output runs/gpu] [--minutes 12] [--faces FOLDER ...]
    bash benchmarks/gpu/run.sh --dry-run        # without a GPU: every step's command is tried as far as it goes
    bash benchmarks/gpu/run.sh --merge          # puts the table of the last run into the documents

Each step has its own limit and its own result file, so that what was reached before a cut counts. Prints one table.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.gpu.report import markdown, merge
from benchmarks.gpu.steps import ROOT, Step, all_steps


def run(step: Step, output: Path, seconds: float, dry: bool) -> tuple[str, float]:
    """Runs a step, its output into its file; how it ended, and how long it took."""
    command = step.rehearsal if dry and step.rehearsal else step.command
    if dry and not step.rehearsal:
        # what needs a GPU says so in one sentence and leaves with 2; an option it does not know ends in 2 as well
        command = step.command
    begun = time.monotonic()
    with open(output / f"{step.name}.txt", "w") as file:
        try:
            done = subprocess.run(
                command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, timeout=max(1, min(step.limit, seconds))
            )
            ended = "done" if done.returncode == 0 else f"exit code {done.returncode}"
        except subprocess.TimeoutExpired:
            ended = "stopped at its limit"
        except OSError as error:
            ended = f"not there: {error.filename or command[0]}"
    if dry and ended == "exit code 2":
        said = (output / f"{step.name}.txt").read_text()
        ended = "needs a GPU" if "GPU" in said.splitlines()[-1] else f"refused: {said.splitlines()[-1]}"
    return ended, time.monotonic() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("runs/gpu"))
    parser.add_argument("--minutes", type=float, default=12.0, help="for all steps together")
    parser.add_argument("--faces", nargs="*", default=[], help="folders of photographs to train `small` on")
    parser.add_argument("--dry-run", action="store_true", help="without a GPU, as far as each step goes")
    parser.add_argument("--merge", action="store_true", help="put the table of the last run into the documents")
    arguments = parser.parse_args()
    output = arguments.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    if arguments.merge:
        for path in merge(output):
            print(path)
        return 0
    end = time.monotonic() + 60 * arguments.minutes
    states = {}
    for step in all_steps(output, arguments.faces):
        left = end - time.monotonic()
        if left <= 5:
            states[step.name] = ("no time left", 0.0)
            continue
        states[step.name] = run(step, output, left, arguments.dry_run)
        print(f"{step.name}: {states[step.name][0]}, {states[step.name][1]:.0f} s", flush=True)
    table = markdown(output, all_steps(output, arguments.faces), states)
    (output / "table.md").write_text(table)
    print(f"\n{table}")
    wrong = [name for name, (ended, _) in states.items() if ended.startswith(("refused", "exit code"))]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
