"""Data sets in Parquet shards: what is there is kept, what is half-written goes, an empty shard loads."""

import datasets
import pytest

from micron_bert.parquet_shards import shard_paths, write_shards

FEATURES = datasets.Features({"clip": datasets.Value("string"), "onset": datasets.Value("int32")})
NAMES = [["a", "b"], [], ["c"]]


def make(names):
    return [{"clip": name, "onset": number} for number, name in enumerate(names)], FEATURES


@pytest.fixture
def shards(tmp_path):
    paths = shard_paths(tmp_path / "set", "train", len(NAMES))
    return [(path, len(names)) for path, names in zip(paths, NAMES, strict=True)]


@pytest.mark.parametrize("processes", [1, 2])
def test_datasets_reads_every_clip(shards, tmp_path, processes):
    done = []
    write_shards(make, shards, lambda number: (NAMES[number],), processes, done.append)
    read = datasets.load_dataset(str(tmp_path / "set"), split="train", cache_dir=str(tmp_path / "cache"))
    assert read["clip"][:] == ["a", "b", "c"] and read.features == FEATURES
    assert sorted(done) == [0, 1, 2]


def test_run_goes_on_where_it_stopped(shards):
    def broken(names):
        if names == ["c"]:
            raise KeyboardInterrupt
        return make(names)

    with pytest.raises(KeyboardInterrupt):
        write_shards(broken, shards, lambda number: (NAMES[number],))
    leftover = shards[2][0].with_name(f".{shards[2][0].name}.123")  # of a process that was killed
    leftover.write_bytes(b"half")
    asked, done = [], []
    write_shards(make, shards, lambda number: asked.append(number) or (NAMES[number],), 1, done.append)
    assert asked == [2] and done == [2, 0, 1] and not leftover.exists()
