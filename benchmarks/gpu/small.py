"""
Trains `small` on synthetic pairs for some minutes and scores what it is by then on the benchmark's pairs, in small.

    python -m benchmarks.gpu.small --faces FOLDER [FOLDER ...] [--minutes 3] [--output runs/gpu/small]

Started again with the same options it goes on where it was; when the training is over, it is only scored. With
`--rehearse` the preset is `tiny`, on the processor, for 20 steps of 4 pairs.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from micron_bert.training.resume import last_complete_checkpoint

SAVE = 250  # steps between two checkpoints
PATIENCE = 30  # seconds that an interrupted training has to leave
REHEARSAL = (
    *("--preset", "tiny", "--num_pairs", "80", "--test_pairs", "8", "--per_device_train_batch_size", "4"),
    *("--bf16", "false", "--use_cpu", "true", "--save_steps", "10", "--dataloader_num_workers", "0"),
)
SCORING = {False: ("--pairs", "500", "--train", "500", "--bootstrap", "200")}
SCORING[True] = ("--pairs", "12", "--train", "24", "--bootstrap", "10", "--processes", "1")


def train(faces: list[str], output: Path, minutes: float, rehearse: bool) -> str:
    """Trains until the time is over or the recipe is done; how it ended."""
    options = REHEARSAL if rehearse else ("--save_steps", str(SAVE))
    command = [sys.executable, "-m", "micron_bert", "finetune", "finetune_small", "--faces", *faces]
    process = subprocess.Popen([*command, "--output_dir", str(output), *options])
    try:
        status = process.wait(timeout=60 * minutes)
        return "done" if status == 0 else f"exit code {status}"
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return f"interrupted after {minutes:g} minutes"


def model_in(output: Path) -> Path | None:
    """The finished model, else the last complete checkpoint; `None` where there is none yet."""
    return output if (output / "model.safetensors").is_file() else last_complete_checkpoint(output, 1)


def score(faces: list[str], model: Path, output: Path, rehearse: bool) -> int:
    """Scores a checkpoint beside the model of the package; prints the tables."""
    command = [sys.executable, "-m", "benchmarks.evidence", "--faces", *faces, "--model", str(model)]
    if not rehearse:
        from micron_bert.checkpoints.names import shipped_checkpoint

        command.append(str(shipped_checkpoint()))
    command += ["--tables", "localisation,recognition", "--cache", str(output / "pairs"), *SCORING[rehearse]]
    return subprocess.run([*command, "--output", str(output / "scores")]).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", nargs="+", required=True, help="folders with photographs of faces")
    parser.add_argument("--minutes", type=float, default=3.0, help="of training, its start included")
    parser.add_argument("--output", type=Path, default=Path("runs/gpu/small"))
    parser.add_argument("--rehearse", action="store_true", help="on the processor, 20 steps of `tiny`")
    args = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    folder = args.output / "rehearsal" if args.rehearse else args.output / "training"
    begun = time.monotonic()
    ended = train(args.faces, folder, args.minutes, args.rehearse)
    print(f"training: {ended}, {time.monotonic() - begun:.0f} s", flush=True)
    model = model_in(folder)
    if model is None:
        print("There is no checkpoint yet; start it again, or give it more `--minutes`.", file=sys.stderr)
        return 1
    print(f"scored: {model.name}", flush=True)
    return score(args.faces, model, args.output, args.rehearse)


if __name__ == "__main__":
    sys.exit(main())
