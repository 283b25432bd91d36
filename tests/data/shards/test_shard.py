"""A shard is there completely or not at all, and is the same bytes whoever makes it."""

import hashlib
import json
import multiprocessing
import os
import signal
import time

import pyarrow.parquet
import pytest
from datasets import load_dataset

from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.films import list_films
from micron_bert.data.shards.plan import make_plan, write_plan
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store


@pytest.fixture(scope="module")
def plan(films):
    return make_plan(list_films([str(films)], person="folder"), ShardSettings(seconds=0.4), films_per_shard=2)


@pytest.fixture(scope="module")
def made(plan, tmp_path_factory):
    store = Store(str(tmp_path_factory.mktemp("made")))
    return store, [make_shard(store, plan, shard) for shard in range(plan.shards)]


def test_load_dataset_reads_it(made, plan, tmp_path):
    store, records = made
    assert [len(record["clips"]) for record in records] == [6, 6, 0]
    rows = load_dataset(f"{store.address}/data", split="train", cache_dir=str(tmp_path))
    assert rows["person"] == ["ann"] * 6 + ["ben"] * 6 and rows[0]["film"] == "ann/0.mp4"
    assert len(rows[0]["frames"]) == len(rows[0]["times"]) == 10 and rows[0]["frames"][0].size == (112, 112)
    assert records[0]["clips"][0] == ["ann", 10, 0.36]
    # one clip can be read without the others
    assert pyarrow.parquet.ParquetFile(store.path(plan.clips_path(0))).num_row_groups == 6


def test_films_that_give_nothing_are_in_the_record(made):
    films = made[1][2]["films"]
    assert films["nobody.mp4"] == {"frames": 5, "kept": 0, "dropped": {"repeated frame": 4}}
    assert "cannot be read as a video" in films["zz_broken.mp4"]["error"] and made[1][2]["sha256"] is None


def test_same_bytes_and_not_made_twice(made, plan, tmp_path):
    store = Store(str(tmp_path))
    record = make_shard(store, plan, 0)
    assert record["sha256"] == made[1][0]["sha256"]
    content = (tmp_path / plan.clips_path(0)).read_bytes()
    assert hashlib.sha256(content).hexdigest() == record["sha256"] and len(content) == record["bytes"]
    before = (tmp_path / plan.clips_path(0)).stat().st_mtime_ns
    assert make_shard(store, plan, 0) == record
    assert (tmp_path / plan.clips_path(0)).stat().st_mtime_ns == before


def test_in_a_bucket(made, plan):
    store = Store("memory://bucket/shards")
    write_plan(store, plan)
    record = make_shard(store, plan, 1)
    assert hashlib.sha256(store.read(plan.clips_path(1))).hexdigest() == made[1][1]["sha256"] == record["sha256"]
    assert json.loads(store.read(plan.record_path(1))) == record


def test_killed_while_it_works_it_leaves_nothing_half(made, plan, tmp_path):
    for patience in (0.0, 0.3, 0.8):
        folder = tmp_path / str(patience)
        worker = multiprocessing.get_context("spawn").Process(
            target=make_shard, args=(Store(str(folder)), plan, 0), daemon=True
        )
        worker.start()
        time.sleep(2 + patience)
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        whole = folder / plan.clips_path(0)
        if whole.exists():
            assert hashlib.sha256(whole.read_bytes()).hexdigest() == made[1][0]["sha256"]
        assert make_shard(Store(str(folder)), plan, 0)["sha256"] == made[1][0]["sha256"]
