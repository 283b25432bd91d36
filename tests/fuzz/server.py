"""
Runs commands of micron-bert one after the other, each in a process of its own that starts with everything imported.

Reads lines of JSON from standard input, `{"arguments": [...], "folder": DIR, "seconds": S, "mebibytes": M}`, and
answers each with `{"status": ..., "seconds": ..., "mebibytes": ..., "killed": why or null}`. What the command printed
lies in `DIR/stdout` and `DIR/stderr`. Seconds are those of the processor, which a loaded machine does not make longer.
Forking needs Linux or macOS.
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

# imported before the first fork and never used here: a thread pool that has run does not survive a fork
import cv2
import torch
import transformers  # noqa: F401

import micron_bert.cli.main
import micron_bert.recognition.recognizer
import micron_bert.spotting  # noqa: F401

POLL = 0.02  # seconds
PAGE, TICK = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
PATIENCE = 10  # seconds that pass for a second of processor time, before a command counts as hanging


def child(arguments, folder):
    """The command, with its output in files; never returns."""
    os.setpgid(0, 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(Path(folder, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(folder)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    status = 1
    try:
        status = micron_bert.cli.main.main(arguments)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def resident(process):
    """MiB that the process has in memory beyond what it shares with this one; 0 where the system does not say."""
    try:
        pages = [int(word) for word in Path(f"/proc/{process}/statm").read_text().split()]
    except (OSError, ValueError):
        return 0
    return pages[1] * PAGE / 2**20


def processor_time(process):
    """Seconds that the process has computed for; 0 where the system does not say before it ends."""
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / TICK


def run(arguments, folder, seconds, mebibytes):
    start = time.monotonic()
    process = os.fork()
    if not process:
        child(arguments, folder)
    killed, most = None, 0.0
    while True:
        ended, status, usage = os.wait4(process, os.WNOHANG)
        if ended:
            break
        most = max(most, resident(process))
        if killed is None and processor_time(process) > seconds:
            killed = f"it took more than {seconds} s of the processor"
        if killed is None and time.monotonic() - start > PATIENCE * seconds:
            killed = f"it hung for {PATIENCE * seconds} s"
        if killed is None and most > mebibytes:
            killed = f"it took more than {mebibytes} MiB"
        if killed:
            os.kill(process, signal.SIGKILL)
        time.sleep(POLL)
    peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    if killed is None and peak > mebibytes:
        killed = f"it took more than {mebibytes} MiB"
    computed = usage.ru_utime + usage.ru_stime
    if killed is None and computed > seconds:
        killed = f"it took more than {seconds} s of the processor"
    return {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": computed,
        "mebibytes": max(most, peak),
        "killed": killed,
    }


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)
