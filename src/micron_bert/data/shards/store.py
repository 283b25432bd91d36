"""The folder or bucket that shards are kept in."""

import glob
import os
import secrets
import tempfile
from pathlib import Path

import fsspec

from micron_bert.errors import InputError


class Store:
    """
    The folder or bucket that holds shards.

    Args:
        address (`str`):
            A folder, or an address that `fsspec` knows.
    """

    def __init__(self, address: str):
        self.address = str(address).rstrip("/")
        if not str(address).strip():
            raise InputError("The output is empty; name a folder or a bucket.")
        try:
            self.fs, self.root = fsspec.url_to_fs(self.address)
        except (ImportError, ValueError) as error:
            raise InputError(f"`{self.address}` cannot be used: {error}") from error

    @property
    def local(self) -> bool:
        """Whether it is a folder of this machine."""
        return isinstance(self.fs, fsspec.get_filesystem_class("file"))

    def path(self, name: str) -> str:
        """What the file system calls a file."""
        return f"{self.root}/{name}"

    def read(self, name: str) -> bytes | None:
        """The content of a file; None where there is none."""
        try:
            return self.fs.cat_file(self.path(name))
        except FileNotFoundError:
            return None
        except Exception as error:  # each file system has errors of its own
            raise InputError(f"`{self.address}/{name}` cannot be read: {reason_of(error)}.") from error

    def put(self, name: str, source: str) -> None:
        """Brings a file of this machine there, completely or not at all."""
        try:
            if self.local:
                self._put_aside_and_rename(self.path(name), source)
            else:
                self.fs.put_file(source, self.path(name))  # buckets show a file when all of it has arrived
        except Exception as error:
            raise InputError(f"`{self.address}` cannot be written to: {reason_of(error)}.") from error

    def _put_aside_and_rename(self, path: str, source: str) -> None:
        """By a name of its own: a task that a scheduler took for lost may still write the same file."""
        folder, _, last = path.rpartition("/")
        self.fs.makedirs(folder, exist_ok=True)
        draft = f"{folder}/.{last}.{secrets.token_hex(4)}"
        try:
            self.fs.put_file(source, draft)
            os.replace(draft, path)
        except FileNotFoundError:  # the other task was faster, and has removed this draft
            if not os.path.exists(path):
                raise
        except BaseException:  # such as a full disk
            Path(draft).unlink(missing_ok=True)
            raise
        for left in Path(folder).glob(f".{glob.escape(last)}.*"):  # also of tasks that were killed
            left.unlink(missing_ok=True)

    def put_text(self, name: str, text: str) -> None:
        """Writes a text there, completely or not at all."""
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "text"
            path.write_text(text, encoding="utf-8")
            self.put(name, str(path))

    def names(self, folder: str) -> set[str]:
        """Files in a folder, by their names in it."""
        try:
            self.fs.invalidate_cache()
            return {path.rpartition("/")[2] for path in self.fs.ls(self.path(folder), detail=False)}
        except FileNotFoundError:
            return set()
        except Exception as error:
            raise InputError(f"`{self.address}` cannot be read: {reason_of(error)}.") from error

    def remove(self, name: str) -> None:
        """Deletes a file, if it is there."""
        if self.fs.exists(self.path(name)):
            self.fs.rm_file(self.path(name))


def reason_of(error: Exception) -> str:
    """What a file system says, in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
