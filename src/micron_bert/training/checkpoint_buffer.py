"""Checkpoints on their way to a slow disk: they are written to a fast folder, and copied while training goes on."""

import os
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from micron_bert.arguments.training import name_of
from micron_bert.errors import InputError
from micron_bert.training.resume import STATE, checkpoints_of


class CheckpointBuffer:
    """
    A folder of one process on its way to the folder of the run.

    One checkpoint is under way at a time. What the last run of this folder left behind, because it was killed, goes.

    Args:
        where (`str` or `Path`):
            A fast folder of this machine, such as `/dev/shm`.
        output_dir (`str` or `Path`):
            The folder of the run.
        process (`int`):
            Number of this process; each copies what it has written.
        needed (`int`):
            Bytes of a checkpoint.

    Raises:
        InputError: the folder cannot be written to, or has not the space.
    """

    def __init__(self, where: str | Path, output_dir: str | Path, process: int, needed: int):
        self.folder, self.output_dir = Path(where, f"micron-bert-{name_of(output_dir)}-{process}"), Path(output_dir)
        try:
            if self.folder.is_dir():
                shutil.rmtree(self.folder)
            self.folder.mkdir(mode=0o700)
            free = shutil.disk_usage(where).free
        except OSError as error:
            raise InputError(f"`checkpoint_buffer` cannot be used: {error.strerror}: `{where}`.") from error
        if free < needed:
            raise InputError(
                f"A checkpoint takes {needed / 1e9:.1f} GB, and `checkpoint_buffer` `{where}` has {free / 1e9:.1f} GB "
                "free; name another folder, or none."
            )
        self._worker, self._copying = ThreadPoolExecutor(1), Future()
        self._copying.set_result(None)

    def send(self, keep: int | None) -> None:
        """
        Begins to copy what is in the buffer.

        Args:
            keep (`int`, *optional*):
                How many checkpoints stay in the folder of the run; None for a process that deletes none.
        """
        self._copying = self._worker.submit(self._copy, keep)

    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return self._copying.done()

    def wait(self) -> None:
        """Until nothing is under way any more; raises [`OSError`] where the last one could not be copied."""
        self._copying.result()

    def close(self) -> None:
        """Waits for what is under way, and leaves nothing behind."""
        self._worker.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _copy(self, keep: int | None) -> None:
        for checkpoint in self.folder.iterdir():
            target = self.output_dir / checkpoint.name
            files = [path for path in checkpoint.rglob("*") if path.is_file()]
            if (checkpoint / STATE).is_file():  # what is replaced must not look complete meanwhile
                (target / STATE).unlink(missing_ok=True)
            for path in sorted(files, key=lambda path: path.name == STATE):
                place = target / path.relative_to(checkpoint)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
            shutil.rmtree(checkpoint)
            if keep is not None:
                others = [path for _, path in checkpoints_of(self.output_dir) if path != target]
                for path in sorted(others, key=os.path.getmtime)[: max(0, len(others) + 1 - keep)]:
                    shutil.rmtree(path, ignore_errors=True)
