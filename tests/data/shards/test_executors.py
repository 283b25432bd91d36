"""Tasks in processes of this machine: one that fails or is killed does not keep the others from being done."""

import os
import signal

import pytest

pytest.importorskip("datatrove")

from datatrove.pipeline.base import PipelineStep

from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.cluster import Cluster
from micron_bert.data.shards.executors import KILLED, run_here, run_on_slurm
from micron_bert.data.shards.films import list_films
from micron_bert.data.shards.pipeline import make_shards
from micron_bert.data.shards.plan import make_plan, write_plan
from micron_bert.data.shards.report import report_shards
from micron_bert.data.shards.store import Store
from micron_bert.errors import InputError


class Step(PipelineStep):
    """Task 1 has wrong input, task 2 is killed, the others write a file."""

    name, type = "step", "test"

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def run(self, data, rank=0, world_size=1):
        if rank == 1:
            raise InputError("`1` is wrong; give another.")
        if rank == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        (self.folder / f"{rank}").write_text("done")
        yield from ()


@pytest.mark.skipif(os.name == "nt", reason="kills a process as Unix does")
def test_a_killed_process_and_a_wrong_input_leave_the_others_alone(tmp_path, capfd):
    (tmp_path / "out").mkdir()
    step, logs = Step(tmp_path / "out"), str(tmp_path / "logs")
    found = dict(run_here(step, 5, logs, processes=2))
    assert found == {0: None, 1: "`1` is wrong; give another.", 2: KILLED, 3: None, 4: None}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"0", "3", "4"}
    assert "Traceback" not in capfd.readouterr().err
    assert "`1` is wrong" in (tmp_path / "logs" / "logs" / "task_00001.log").read_text()
    # what is done is not done again
    (tmp_path / "out" / "0").unlink()
    assert [task for task, _ in run_here(Step(tmp_path / "out"), 2, logs, processes=1)] == [1]
    assert not (tmp_path / "out" / "0").exists()


def test_a_bucket_that_refuses_one_shard(films, tmp_path, monkeypatch):
    store = Store(str(tmp_path / "out"))
    plan = make_plan(list_films([str(films)], person="folder"), ShardSettings(seconds=0.4), films_per_shard=2)
    write_plan(store, plan)
    put_file = type(store.fs).put_file

    def refuse(fs, source, target, **options):
        if "train-00001" in target:
            raise PermissionError("Access Denied\nrequest 123")
        return put_file(fs, source, target, **options)

    monkeypatch.setattr(type(store.fs), "put_file", refuse)
    told = []
    run = make_shards(store, plan, Cluster(), told.append)
    assert told == ["shard 0: 6 clips from 60 frames", "shard 2: 0 clips from 5 frames"]
    report = report_shards(store, plan, faults=run.faults)
    (said,) = report.faults
    assert said.startswith("missing: shard 1 (ben/2.mp4, ben/3.mp4): `")
    assert said.endswith("` cannot be written to: Access Denied") and report.totals["made"] == 2
    # the same command makes the one that is missing, once the rights are there
    monkeypatch.undo()
    told.clear()
    assert not make_shards(store, plan, Cluster(), told.append).faults and told == ["shard 1: 6 clips from 60 frames"]
    assert not report_shards(store, plan, verify=True).faults


def test_mistakes_are_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="There is no `sbatch` here"):
        run_on_slurm(Step(tmp_path), 1, str(tmp_path / "logs"), Cluster("slurm"))
    for options, said in (({"executor": "cloud"}, "`executor` is `cloud`"), ({"memory": 0}, "`memory` is `0`")):
        with pytest.raises(InputError, match=said):
            Cluster(**options)
