"""Runs that are killed at random moments, and one that ends: the same bytes as of a run that nobody disturbed."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("datatrove")

from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.films import list_films
from micron_bert.data.shards.plan import make_plan, read_plan
from micron_bert.data.shards.report import report_shards
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store

KILLS = 3
PATIENCE = 300  # seconds until a shard must be there, on a machine that is busy with other things


@pytest.fixture
def command(films, tmp_path):
    arguments = ["shard", str(films), "--person", "folder", "--seconds", "0.4", "--films-per-shard", "1"]
    return [sys.executable, "-m", "micron_bert", *arguments, "--output", str(tmp_path / "out")]


def assert_as_if_undisturbed(films, tmp_path):
    plan = make_plan(list_films([str(films)], person="folder"), ShardSettings(seconds=0.4), films_per_shard=1)
    whole, store = Store(str(tmp_path / "whole")), Store(str(tmp_path / "out"))
    records = [make_shard(whole, plan, shard) for shard in range(plan.shards)]
    assert not report_shards(store, read_plan(store), verify=True).faults
    files = {path.name: path.read_bytes() for path in (tmp_path / "out" / "data").iterdir()}
    assert files == {name: whole.read(f"data/{name}") for name in whole.names("data")}
    assert len(files) == sum(record["sha256"] is not None for record in records) == 4


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills processes as Unix does")
def test_killed_at_random(command, films, tmp_path):
    records, draw = tmp_path / "out" / "records", random.Random(7)
    for _ in range(KILLS):
        before = len(list(records.glob("[0-9]*.json")))
        run = subprocess.Popen([*command, "--processes", "2"], start_new_session=True, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while run.poll() is None and len(list(records.glob("[0-9]*.json"))) == before and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(draw.uniform(0, 0.5))
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    subprocess.run([*command, "--processes", "2"], check=True)
    assert_as_if_undisturbed(films, tmp_path)


@pytest.mark.slow
def test_ray_on_one_machine(command, films, tmp_path):
    pytest.importorskip("ray")
    subprocess.run([*command, "--executor", "ray", "--processes", "2"], check=True)
    assert_as_if_undisturbed(films, tmp_path)
