"""A rehearsal of Slurm: two nodes run the scripts that are queued, one of them fails in the middle."""

import os
import re
import signal
import subprocess
import sys
import threading
from importlib import resources
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("datatrove")

from micron_bert.cli.main import main
from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.films import list_films
from micron_bert.data.shards.plan import make_plan
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store

SCRIPT = resources.files("micron_bert") / "recipes" / "cluster" / "shard.sh"

# what Slurm brings: `sbatch` keeps a script for the nodes and tells its number
COMMANDS = {
    "sbatch": """
        job=$(( $(ls "$QUEUE" | wc -l) + 1 )); mkdir "$QUEUE/$job"
        printf '%s\\n' "$@" > "$QUEUE/$job/arguments"
        while [ $# -gt 0 ]; do
            case $1 in --wrap) printf '#!/bin/bash\\n%s\\n' "$2" > "$QUEUE/$job/script"; shift;; *) last=$1;; esac
            shift
        done
        [ -f "$QUEUE/$job/script" ] || cp "$last" "$QUEUE/$job/script"
        echo "Submitted batch job $job\"""",
    "srun": 'while [[ $1 == -* ]]; do [[ $1 == -n ]] && shift; shift; done; exec "$@"',
    "scontrol": 'echo "$3"',
    "micron-bert": f'exec {sys.executable} -m micron_bert "$@"',
    "launch_pickled_pipeline": f'exec {sys.executable} -m datatrove.tools.launch_pickled_pipeline "$@"',
    "merge_stats": f'exec {sys.executable} -m datatrove.tools.merge_stats "$@"',
}


class Slurm:
    """A queue, and two nodes with folders of their own."""

    def __init__(self, folder: Path):
        self.folder, self.queue, self.commands = folder, folder / "queue", folder / "commands"
        self.queue.mkdir(parents=True)
        self.commands.mkdir()
        for name, text in COMMANDS.items():
            path = self.commands / name
            path.write_text(f"#!/bin/bash\n{text}\n")
            path.chmod(0o755)

    def environment(self, **more: str) -> dict:
        path = f"{self.commands}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "QUEUE": str(self.queue), "OMP_NUM_THREADS": "1", **more}

    def jobs(self) -> list[Path]:
        return sorted(self.queue.iterdir(), key=lambda job: int(job.name))

    def run(self, job: Path, fails: bool = False) -> None:
        """All tasks of a job on two nodes; if asked to, the first task's node fails once and the task is requeued."""
        script = (job / "script").read_text()
        array = re.search(r"#SBATCH --array=0-(\d+)", script)
        waiting = list(range(int(array[1]) + 1)) if array else [None]
        lock = threading.Lock()

        def work(node: int) -> None:
            nonlocal fails
            place = self.folder / f"node{node}"
            (place / "tmp").mkdir(parents=True, exist_ok=True)
            while True:
                with lock:
                    if not waiting:
                        return
                    task, kill, fails = waiting.pop(0), fails, False
                of_task = {} if task is None else {"SLURM_ARRAY_TASK_ID": str(task), "RUN_OFFSET": "0"}
                nodes = {"SLURM_NODELIST": f"node{node}", "SLURM_JOB_ID": job.name, "TMPDIR": str(place / "tmp")}
                with (job / f"{task}.{node}.out").open("a") as output:
                    process = subprocess.Popen(
                        ["bash", str(job / "script")], cwd=place, env=self.environment(**of_task, **nodes),
                        stdout=output, stderr=output, start_new_session=True,
                    )  # fmt: skip
                    if kill:
                        with pytest.raises(subprocess.TimeoutExpired):
                            process.wait(1)
                        os.killpg(process.pid, signal.SIGKILL)
                        assert "#SBATCH --requeue" in script
                        waiting.append(task)
                    process.wait()

        nodes = [threading.Thread(target=work, args=(node,)) for node in (1, 2)]
        for node in nodes:
            node.start()
        for node in nodes:
            node.join()


@pytest.fixture
def slurm(tmp_path):
    return Slurm(tmp_path / "slurm")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Slurm is for Linux")
def test_two_nodes_make_the_same_shards(slurm, films, tmp_path):
    output = tmp_path / "out"
    start = ["bash", str(SCRIPT), str(films), str(output), "--person", "folder", "--seconds", "0.4"]
    start += ["--films-per-shard", "2", "--sbatch", "account=lab"]
    environment = slurm.environment(PARTITION="faces", TASKS="2")
    said = subprocess.run(start, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert "job 1 is queued" in said and "micron-bert-verify-1.log" in said
    tasks, merge, check = slurm.jobs()
    script = (tasks / "script").read_text()
    for option in ("array=0-2%2", "partition=faces", "account=lab", "mem-per-cpu=2G", "time=04:00:00"):
        assert f"#SBATCH --{option}\n" in script
    assert "qos" not in script
    assert (check / "arguments").read_text().startswith("--dependency=afterany:1\n")

    for job in (tasks, merge, check):
        slurm.run(job, fails=job == tasks)
    plan = make_plan(list_films([str(films)], person="folder"), ShardSettings(seconds=0.4), films_per_shard=2)
    here = Store(str(tmp_path / "here"))
    for shard in range(3):
        make_shard(here, plan, shard)
    names = sorted(path.name for path in (output / "data").iterdir())
    assert names == sorted(here.names("data")) and len(names) == 2
    for name in names:
        assert (output / "data" / name).read_bytes() == here.read(f"data/{name}")
    (verified,) = [path.read_text() for path in check.glob("*.out")]
    assert "3 of 3 shards: 12 clips of 2 people" in verified and "missing" not in verified
    # all is there: nothing is queued any more
    again = subprocess.run(start, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert "3 of 3 shards" in again and len(slurm.jobs()) == 3


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Slurm is for Linux")
def test_two_nodes_prepare_a_dataset(slurm, frames_of, tmp_path, monkeypatch, capsys):
    """The tasks of a cluster write what one process writes, and the same command finishes the data set."""
    lines, source = ["subject,clip,frames,onset,apex,offset,fps,emotion"], tmp_path / "recordings"
    for subject in ("anna", "ben", "cleo"):
        (source / subject).mkdir(parents=True)
        for number, frame in enumerate(frames_of(3, ord(subject[0]))):
            Image.fromarray(frame).save(source / subject / f"img{number}.png")
        lines.append(f"{subject},1,{subject},0,1,2,30,happiness")
    (source / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr("micron_bert.data.prepared.prepare.SHARD_FRAMES", 2)
    for name, value in slurm.environment().items():
        monkeypatch.setenv(name, value)

    command = ["prepare", "folder", str(source), "--output"]
    assert main([*command, str(tmp_path / "here")]) == 0
    there = [*command, str(tmp_path / "there"), "--executor", "slurm", "--processes", "2"]
    assert main(there) == 0 and "job 1 is queued" in capsys.readouterr().out
    tasks, merge = slurm.jobs()
    assert "#SBATCH --array=0-2%2\n" in (tasks / "script").read_text()
    slurm.run(tasks, fails=True)
    slurm.run(merge)
    assert main(there) == 0 and len(slurm.jobs()) == 2
    assert "3 clips, 0 left out" in capsys.readouterr().err
    here, there = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "here", tmp_path / "there")
    )
    assert here == there and sum(path.suffix == ".parquet" for path in here) == 3


def test_the_start_script_says_what_it_wants():
    told = subprocess.run(["bash", str(SCRIPT)], capture_output=True, text=True)
    assert told.returncode == 2 and told.stderr.startswith("Usage: bash shard.sh FILMS OUTPUT")
