"""Which checkpoint an interrupted run continues from."""

import json
import re
import zipfile
from pathlib import Path

from micron_bert.training.average import FOLDER, WEIGHTS

STATE = "trainer_state.json"  # written last
SHARED = "pytorch_model_fsdp.bin"  # beside the weights, where processes share them out


def checkpoints_of(output_dir: Path) -> list[tuple[int, Path]]:
    """Steps and folders of all checkpoints, complete or not, the last step first."""
    found = ((re.fullmatch(r"checkpoint-(\d+)", path.name), path) for path in output_dir.glob("checkpoint-*"))
    return sorted(((int(match[1]), path) for match, path in found if match and path.is_dir()), reverse=True)


def is_complete(checkpoint: Path, processes: int = 1, average: bool = False) -> bool:
    """
    Whether nothing of a checkpoint is missing or cut off.

    The main process writes `STATE` last, so what it wrote before is whole once that file is; the other
    processes write their random states at their own pace.
    """
    try:
        json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    ranks = ["rng_state.pth"] if processes == 1 else [f"rng_state_{rank}.pth" for rank in range(processes)]
    states = [SHARED, "optimizer.bin"] if shares_weights(checkpoint) else ["optimizer.pt"]
    archives = [checkpoint / name for name in (*states, "scheduler.pt", *ranks)]
    # a checkpoint that was being deleted may have lost any of its files
    weights = [checkpoint / WEIGHTS, *([checkpoint / FOLDER / WEIGHTS] if average else [])]
    return all(path.is_file() for path in weights) and all(map(_is_archive, archives))


def shares_weights(checkpoint: Path) -> bool:
    """Whether the processes that wrote a checkpoint shared out the weights (FSDP)."""
    return (checkpoint / SHARED).is_file()


def _is_archive(path: Path) -> bool:
    try:
        return zipfile.is_zipfile(path)
    except zipfile.BadZipFile:  # of some damage it tells in this way
        return False


def last_complete_checkpoint(output_dir: str | Path, processes: int = 1, average: bool = False) -> Path | None:
    """
    The checkpoint with the most steps that was written completely.

    Args:
        output_dir (`str` or `Path`):
            Folder of the run; need not exist.
        processes (`int`, defaults to 1):
            Processes of the run, each of which keeps a random state.
        average (`bool`, defaults to `False`):
            Whether the run keeps an average of its weights.
    """
    return next((path for _, path in checkpoints_of(Path(output_dir)) if is_complete(path, processes, average)), None)


def processes_of(checkpoint: Path) -> int:
    """How many processes wrote a checkpoint, by the random states in it."""
    return len(list(checkpoint.glob("rng_state*.pth")))


def has_checkpoints(output_dir: str | Path) -> bool:
    """Whether there is any checkpoint, complete or not."""
    return bool(checkpoints_of(Path(output_dir)))
