"""
The demo under load: ten visitors at once for two minutes. Prints how they were answered, how long they waited, the
server's memory minute by minute, and which temporary files are left.

    python benchmarks/demo_load.py [--visitors 10] [--seconds 120] [--kept 60]
"""

import argparse
import multiprocessing
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

SWEPT = 5  # seconds between two looks for old files
SAMPLE = 10  # seconds between two looks at the memory
STARTING = 300  # seconds


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--kept", type=int, default=60, help="seconds after which the server deletes a file")
    args = parser.parse_args(argv)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory() as downloads:
        context = multiprocessing.get_context("spawn")
        server = context.Process(target=_serve, args=(port, scratch, args.kept), daemon=True)
        server.start()
        try:
            return _load(server.pid, f"http://127.0.0.1:{port}", Path(scratch), downloads, args)
        finally:
            server.terminate()
            server.join()


def _serve(port: int, scratch: str, kept: int) -> None:
    import os

    os.environ |= {"GRADIO_TEMP_DIR": scratch, "GRADIO_ANALYTICS_ENABLED": "False"}
    from micron_bert.demo import app

    app.KEPT, app.SWEPT = kept, SWEPT
    app.open_demo(server_name="127.0.0.1", server_port=port, quiet=True).block_thread()


def _load(pid: int, url: str, scratch: Path, downloads: str, args) -> int:
    from micron_bert.synthesis.example_clips import make_examples

    first = _client(url, downloads)
    own = set(_files(scratch))  # the server's copies of the examples
    clips, pair = make_examples()
    clips, pair = ([_visitors(path, Path(downloads)) for path in paths] for paths in (clips, pair))
    requests = [("/clip", [clip]) for clip in clips] + [("/pictures", pair)]
    expected = [_ask(first, *request)[0]["label"] for request in requests]
    samples = [_memory(pid)]
    print(f"memory after the first answers: {samples[0]:.0f} MiB", flush=True)

    answers, lock = [], threading.Lock()
    end = time.monotonic() + args.seconds
    visitors = [
        threading.Thread(target=_visit, args=(url, downloads, requests, expected, number, end, answers, lock))
        for number in range(args.visitors)
    ]
    for visitor in visitors:
        visitor.start()
    begun = time.monotonic()
    while any(visitor.is_alive() for visitor in visitors):
        time.sleep(SAMPLE)
        samples.append(_memory(pid))
        print(f"{time.monotonic() - begun:4.0f} s: {samples[-1]:.0f} MiB, {len(answers)} answers", flush=True)
    lasted = time.monotonic() - begun

    waited = sorted(seconds for _, seconds in answers)
    outcomes = {name: sum(outcome == name for outcome, _ in answers) for name in sorted({o for o, _ in answers})}
    print(f"{args.visitors} visitors, {lasted:.0f} s, {len(answers)} requests: {outcomes}")
    print(f"seconds to the answer: median {statistics.median(waited):.1f}, longest {waited[-1]:.1f}")
    print(f"memory: {samples[0]:.0f} MiB at first, {max(samples):.0f} at most, {samples[-1]:.0f} at last")

    left = set(_files(scratch)) - own
    deadline = time.monotonic() + args.kept + 4 * SWEPT
    while left and time.monotonic() < deadline:
        time.sleep(SWEPT)
        left = set(_files(scratch)) - own
    print(f"temporary files left: {len(left)}", *(f"  {path.name}" for path in left), sep="\n")
    return 0 if set(outcomes) <= {"right", "queue full", "one address, too often"} and not left else 1


def _visitors(path: Path, folder: Path) -> Path:
    """A copy under another name, so that it is told from the server's own."""
    return Path(shutil.copy(path, folder / f"visitors_{path.name}"))


def _client(url: str, downloads: str):
    from gradio_client import Client

    for _ in range(STARTING):
        try:
            return Client(url, verbose=False, download_files=downloads)
        except Exception:  # whatever kind of error a server that is not up yet causes
            time.sleep(1)
    sys.exit(f"The demo did not start within {STARTING} s.")


def _ask(client, name: str, paths: list[Path]):
    from gradio_client import handle_file

    return client.predict(*(handle_file(path) for path in paths), api_name=name)


def _visit(url, downloads, requests, expected, number, end, answers, lock) -> None:
    from gradio_client.exceptions import AppError
    from httpx import HTTPStatusError

    client = _client(url, downloads)
    turn = number
    while time.monotonic() < end:
        begun = time.monotonic()
        try:
            label = _ask(client, *requests[turn % len(requests)])[0]["label"]
            outcome = "right" if label == expected[turn % len(requests)] else f"wrong: {label}"
        except AppError as error:
            outcome = "queue full" if "queue is full" in str(error).lower() else f"error: {error}"
        except HTTPStatusError as error:  # all visitors of this script have one address, whose turns are limited
            outcome = "one address, too often" if error.response.status_code == 429 else f"error: {error}"
            time.sleep(1)
        with lock:
            answers.append((outcome, time.monotonic() - begun))
        turn += 1


def _memory(pid: int) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"There is no memory to be read of process {pid}.")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


if __name__ == "__main__":
    sys.exit(main())
