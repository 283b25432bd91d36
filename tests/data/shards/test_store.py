"""A folder or a bucket; what a file system complains about is one sentence."""

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from micron_bert.data.shards.store import Store
from micron_bert.errors import InputError


@pytest.mark.parametrize("address", ["{folder}", "memory://bucket/{folder.name}"])
def test_files_are_there_as_a_whole(tmp_path, address):
    store = Store(address.format(folder=tmp_path))
    assert store.read("a/b.json") is None and store.names("a") == set()
    store.put_text("a/b.json", "{}")
    store.put_text("a/b.json", "[]")
    assert store.read("a/b.json") == b"[]" and store.names("a") == {"b.json"}
    store.remove("a/b.json")
    store.remove("a/b.json")
    assert store.read("a/b.json") is None


def test_a_full_disk_leaves_no_draft(tmp_path, monkeypatch):
    store = Store(str(tmp_path / "out"))

    def fill_up(source, draft):
        Path(draft).write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device", draft)

    monkeypatch.setattr(store.fs, "put_file", fill_up)
    with pytest.raises(InputError, match="out` cannot be written to: .*No space left on device"):
        store.put_text("a/b.json", "{}")
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["a"]


def test_two_tasks_that_write_one_file_and_one_that_was_killed(tmp_path):
    store = Store(str(tmp_path))
    store.put_text("a/b.json", "first")
    (tmp_path / "a" / ".b.json.00c0ffee").write_text("of a task that was kil")
    text = "x" * 100_000
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store.put_text("a/b.json", text), range(40)))
    assert store.read("a/b.json").decode() == text
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.json"]


def test_what_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        Store(str(tmp_path / "file" / "below")).put_text("a.json", "{}")
    with pytest.raises(InputError, match="cannot be used"):
        Store("nosuch://bucket")


def test_a_bucket_without_rights(monkeypatch):
    store = Store("memory://locked")

    def refuse(*arguments, **options):
        raise PermissionError("Access Denied\nrequest 123")

    for name in ("put_file", "cat_file"):
        monkeypatch.setattr(type(store.fs), name, refuse)
    with pytest.raises(InputError, match=r"^`memory://locked` cannot be written to: Access Denied.$"):
        store.put_text("a.json", "{}")
    with pytest.raises(InputError, match="cannot be read: Access Denied"):
        store.read("a.json")
