"""Shards of a bucket: copied when they are first wanted, once and as they were written, or read where they are."""

import pickle
from collections import Counter

import fsspec
import numpy as np
import pytest

from micron_bert.arguments.data import DataArguments
from micron_bert.data.shards.copies import ShardCopies
from micron_bert.data.shards.moments import ShardedClips, ShardMoments
from micron_bert.errors import InputError

ADDRESS = "memory://bucket/shards"


@pytest.fixture
def bucket(shards_at, monkeypatch):
    """Six shards in memory; counts what is fetched of each."""
    fetched, files = Counter(), fsspec.filesystem("memory")
    whole, opened = type(files).get_file, type(files)._open
    shards_at(ADDRESS, clips=2)

    def get_file(self, path, *args, **kwargs):
        fetched[path.rpartition("/")[2]] += 1
        return whole(self, path, *args, **kwargs)

    def open_file(self, path, mode="rb", **kwargs):
        fetched["opened"] += path.endswith(".parquet")
        return opened(self, path, mode, **kwargs)

    monkeypatch.setattr(type(files), "get_file", get_file)
    monkeypatch.setattr(type(files), "_open", open_file)
    yield fetched
    files.rm("/bucket", recursive=True)


def drawn(clips, items):
    moments = ShardMoments(clips, clips.clips, (0.1, 0.3), seed=5)
    return [moments.draw(item, np.random.default_rng(item)) for item in items]


def test_each_shard_is_copied_once_for_all_runs(bucket, shards_at, tmp_path):
    clips = ShardedClips(ADDRESS, cache=tmp_path / "cache")
    assert not bucket and not list((tmp_path / "cache").iterdir())  # nothing before it is wanted
    there = drawn(clips, range(12)) + drawn(pickle.loads(pickle.dumps(clips)), range(12))
    assert [count for name, count in bucket.items() if name != "opened"] == 6 * [1]
    assert len(list((tmp_path / "cache").iterdir())) == 6
    here = drawn(ShardedClips(shards_at(tmp_path / "here", clips=2)), range(12))
    np.testing.assert_array_equal(there, here + here)


def test_without_copies_clips_are_fetched_where_they_are(bucket, tmp_path):
    copied = drawn(ShardedClips(ADDRESS, cache=tmp_path / "cache"), range(12))
    bucket.clear()
    np.testing.assert_array_equal(drawn(ShardedClips(ADDRESS, copy=False), range(12)), copied)
    assert bucket.keys() == {"opened"} and bucket["opened"] == 6


def test_a_shard_that_is_not_what_was_written_gives_way_and_is_not_kept(bucket, tmp_path, caplog):
    files, clips = fsspec.filesystem("memory"), ShardedClips(ADDRESS, cache=tmp_path / "cache")
    path = f"/bucket/shards/{clips.plan.clips_path(2)}"
    files.pipe(path, files.cat(path)[:-1])
    drawn(clips, range(12))
    (said,) = [one for one in caplog.messages if "not what was written" in one]
    assert said.startswith(f"`{ADDRESS}/{clips.plan.clips_path(2)}`") and said.endswith(
        "Other clips are shown instead."
    )
    assert clips.broken.tolist() == [0, 0, 1, 0, 0, 0] and len(list((tmp_path / "cache").iterdir())) == 5


def test_a_disk_that_is_too_small_is_told_before_anything_is_copied(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 100})())
    with pytest.raises(InputError, match=r"take 0.0 GB, but .*cache` has 0.0 GB left; name a folder on a larger disk"):
        ShardedClips(ADDRESS, cache=tmp_path / "cache")
    ShardedClips(ADDRESS, copy=False)


def test_a_folder_that_cannot_hold_copies(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot hold copies of the shards"):
        ShardCopies(None, tmp_path / "file").reserve({"0": 1})


def test_the_option_is_for_shards_alone(tmp_path):
    with pytest.raises(InputError, match="`copy_shards` does not apply to `videos`, but to `shards`"):
        DataArguments(videos=[str(tmp_path)], copy_shards=False).source(("videos", "shards"))
