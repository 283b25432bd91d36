"""Jobs are done once each, in several processes, and nothing of them is left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from micron_bert.errors import InputError
from micron_bert.workers import run_jobs


def double(number):
    if number < 0:
        raise ValueError(f"`{number}` is negative")
    return 2 * number, os.getpid()


@pytest.mark.parametrize("processes", [0, 1, 2])
def test_every_job_is_done_once(processes):
    results = dict(run_jobs(double, ((number,) for number in range(9)), processes))
    assert {job: result for job, (result, _) in results.items()} == {(n,): 2 * n for n in range(9)}
    elsewhere = {process for _, process in results.values()} - {os.getpid()}
    assert bool(elsewhere) == (processes > 1)


def test_jobs_are_taken_as_workers_come_free():
    taken = []

    def jobs():
        for number in range(20):
            taken.append(number)
            yield (number,)

    for count, _ in enumerate(run_jobs(double, jobs(), 2), 1):
        assert len(taken) <= count + 3


@pytest.mark.parametrize("processes", [1, 2])
def test_first_error_ends_it(processes):
    with pytest.raises(ValueError, match="`-1` is negative"):
        list(run_jobs(double, ((number,) for number in (1, -1, *range(50))), processes))


def end(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name == "nt", reason="kills a process as Unix does")
def test_a_killed_process_is_a_sentence():
    with pytest.raises(InputError, match="A process at work was killed, .* fewer `--processes`"):
        list(run_jobs(end, ((number,) for number in range(5)), 2))


SLEEPERS = """
import os
import time
from micron_bert.workers import run_jobs

def sleep(seconds):
    print(os.getpid(), flush=True)
    time.sleep(seconds)

if __name__ == "__main__":
    list(run_jobs(sleep, [(60,), (60,)], 2))
"""


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="there is no /proc to look into")
def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS)
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    workers = [int(parent.stdout.readline()) for _ in range(2)]
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    left = [worker for worker in workers if alive(worker)]
    for worker in left:
        os.kill(worker, signal.SIGKILL)
    assert not left


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process}/stat") as stat:  # not one that only waits to be collected
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
