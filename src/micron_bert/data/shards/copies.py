"""Shards of a bucket on this machine: copied when they are first wanted, once for all runs."""

import hashlib
import shutil
from pathlib import Path

from micron_bert.cache_folder import cache_folder
from micron_bert.data.shards.store import Store, reason_of
from micron_bert.errors import InputError
from micron_bert.output_folder import whole_file


class ShardCopies:
    """
    Copies of a bucket's shards, each called after its content.

    A pair needs two frames of a clip but fetches all of it, and each clip waits for the bucket's answer. So a run of
    many passes fetches less, and sooner, when it copies the shards (`python benchmarks/remote_shards.py`).

    Args:
        store ([`Store`]):
            The bucket.
        folder (`str` or `Path`, *optional*):
            Where copies are kept; a folder in the user's cache by default.
    """

    def __init__(self, store: Store, folder: str | Path | None = None):
        self.store, self.folder = store, Path(folder) if folder else cache_folder("shards")

    def reserve(self, shards: dict[str, int]) -> None:
        """
        Looks whether there is room, before anything is copied.

        Args:
            shards (`dict[str, int]`):
                SHA-256 of each shard, and how many bytes it has.

        Raises:
            [`InputError`]: the disk is too small, or the folder cannot be written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise InputError(f"`{self.folder}` cannot hold copies of the shards: {reason_of(error)}.") from error
        wanted = sum(size for digest, size in shards.items() if not self._path(digest).is_file())
        if wanted > free:
            raise InputError(
                f"The shards of `{self.store.address}` take {wanted / 1e9:.1f} GB, but `{self.folder}` has "
                f"{free / 1e9:.1f} GB left; name a folder on a larger disk as `cache`, or set `copy_shards` to false."
            )

    def get(self, name: str, digest: str) -> Path:
        """
        Where the copy of a shard is.

        Args:
            name (`str`):
                Path of the shard in the bucket.
            digest (`str`):
                Its SHA-256.

        Raises:
            [`InputError`]: it is not there, cannot be copied, or is not what was written.
        """
        path = self._path(digest)
        if not path.is_file():
            try:
                with whole_file(path) as draft:
                    self.store.fs.get_file(self.store.path(name), str(draft))
                    with draft.open("rb") as file:
                        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                            raise InputError(f"`{self.store.address}/{name}` is not what was written.")
            except InputError:
                raise
            except Exception as error:  # each file system has errors of its own
                reason = reason_of(error)
                raise InputError(f"`{self.store.address}/{name}` cannot be copied: {reason}.") from error
        return path

    def _path(self, digest: str) -> Path:
        return self.folder / f"{digest}.parquet"
