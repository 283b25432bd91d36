"""Folds are done once, whatever interrupts them and however many processes do them."""

import os
import signal
import subprocess
import sys
import time

from micron_bert.evaluation.evaluate import main

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def test_killed_evaluation_continues_and_processes_do_not_matter(prepared, mini, tmp_path, files_of):
    common = ["--data", prepared[0], *mini, "--choose_epoch", "inner"]
    main([*common, "--output", str(tmp_path / "whole")])

    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "micron_bert.cli", "evaluate", *common, "--output", str(killed)]
    process = subprocess.Popen(
        [*command, "--epochs", "2"], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not list(killed.glob("folds/*/*.json")):
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    first = {path: path.stat().st_mtime_ns for path in killed.glob("folds/*/*.json")}
    assert 1 <= len(first) < 3 and not (killed / "report.json").exists()

    # the same command, now with two processes
    again = subprocess.run([*command, "--processes", "2"], env=ENVIRONMENT, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert all(path.stat().st_mtime_ns == before for path, before in first.items()), "a finished fold was done again"
    whole, continued = files_of(tmp_path / "whole"), files_of(killed)
    assert whole.keys() == continued.keys()
    assert [name for name in whole if whole[name] != continued[name]] in ([], ["settings.json"])
