"""A rehearsal of pre-training on two nodes: the script that is queued joins their processes."""

import json
import os
import subprocess
import sys
from importlib import resources

import pytest

SCRIPT = resources.files("micron_bert") / "recipes" / "cluster" / "pretrain.sbatch"

# what Slurm brings to a job: `srun` starts the command on each node
COMMANDS = {
    "scontrol": "echo localhost; echo localhost",
    "srun": """[[ $1 == --cpus-per-task=7 ]] || exit 3
        shift
        for node in 0 1; do SLURM_NODEID=$node "$@" & nodes+=($!); done
        for node in "${nodes[@]}"; do wait $node; done""",
}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Slurm is for Linux")
def test_two_nodes_train_one_model(mini_recipe, clips_folder, tmp_path):
    commands = tmp_path / "commands"
    commands.mkdir()
    for name, text in COMMANDS.items():
        (commands / name).write_text(f"#!/bin/bash\nset -e\n{text}\n")
        (commands / name).chmod(0o755)
    job = {"SLURM_JOB_ID": str(os.getpid()), "SLURM_JOB_NODELIST": "node[1-2]", "SLURM_NNODES": "2"}
    job["SLURM_CPUS_ON_NODE"] = "7"
    path = f"{commands}:{os.environ['PATH']}"
    environment = {**os.environ, **job, "PATH": path, "BATCH_PYTHON": sys.executable, "OMP_NUM_THREADS": "1"}
    recipe = mini_recipe(dataset=str(clips_folder), num_pairs=8, test_pairs=4, per_device_train_batch_size=2)
    command = ["bash", str(SCRIPT), recipe, "--logging_steps", "1"]
    run = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    # two pairs for each process: alone, one would take four steps
    assert metrics["pairs"] == 8 and metrics["steps"] == 2
    assert run.stdout.count("2 steps on 8 pairs") == 1


def test_the_script_says_what_it_wants():
    told = subprocess.run(["bash", str(SCRIPT)], capture_output=True, text=True)
    assert told.returncode == 2 and told.stderr.startswith("Usage: sbatch --nodes N")
