"""
The demo under load: ten visitors from ten addresses, all at once, round after round. Prints how each round was
answered, how long its visitors waited, the server's memory after it, and which temporary files are left in the end.

    python benchmarks/demo_load.py [--visitors 10] [--rounds 4] [--kept 120]

Each visitor has a loopback address of its own (Linux), because the demo's limits hold for one address. The visitors
speak plain HTTP: upload, ask, listen, fetch every file of the answer.
"""

import argparse
import json
import multiprocessing
import socket
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

SWEPT = 5  # seconds between two looks for old files
STARTING, PATIENCE = 300, 900  # seconds until the server is up, and until an answer


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument(
        "--kept",
        type=int,
        default=120,
        help="seconds after which the server deletes a file; longer than the last of a round waits",
    )
    args = parser.parse_args(argv)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as scratch:
        context = multiprocessing.get_context("spawn")
        server = context.Process(target=_serve, args=(port, scratch, args.kept), daemon=True)
        server.start()
        try:
            return _load(server.pid, f"http://127.0.0.1:{port}", Path(scratch), args)
        finally:
            server.terminate()
            server.join()


def _serve(port: int, scratch: str, kept: int) -> None:
    import os

    os.environ |= {"GRADIO_TEMP_DIR": scratch, "GRADIO_ANALYTICS_ENABLED": "False"}
    from micron_bert.demo import app

    app.KEPT, app.SWEPT = kept, SWEPT
    app.open_demo(server_name="127.0.0.1", server_port=port, quiet=True).block_thread()


def _load(pid: int, url: str, scratch: Path, args) -> int:
    from micron_bert.synthesis.example_clips import make_examples

    clips, pair = make_examples()
    requests = [("clip", [clip]) for clip in clips] + [("pictures", list(pair))]
    first = Visitor(url, 1)
    first.wait_for_server()
    own = set(_files(scratch))  # the server's copies of the examples
    expected = [first.ask(*request)[0] for request in requests]
    samples = [_memory(pid)]
    print(f"memory after the first {len(requests)} answers: {samples[0]:.0f} MiB", flush=True)
    print("round  right  other  median wait  longest wait  memory")
    visitors = [Visitor(url, 2 + number) for number in range(args.visitors)]
    wrong = []
    for turn in range(args.rounds):
        asked = [(number + turn) % len(requests) for number in range(len(visitors))]
        with ThreadPoolExecutor(len(visitors)) as pool:
            jobs = [pool.submit(one.ask, *requests[what]) for one, what in zip(visitors, asked, strict=True)]
            answers = [job.result() for job in jobs]
        told = [answer for (answer, _), what in zip(answers, asked, strict=True) if answer != expected[what]]
        wrong += told
        waited = sorted(seconds for _, seconds in answers)
        samples.append(_memory(pid))
        print(
            f"{turn + 1:5}  {len(answers) - len(told):5}  {len(told):5}  {statistics.median(waited):9.1f} s  "
            f"{waited[-1]:10.1f} s  {samples[-1]:.0f} MiB",
            flush=True,
        )
        for answer in told:
            print(f"       not as it was asked alone: {answer}", flush=True)

    deadline = time.monotonic() + args.kept + 4 * SWEPT
    while (left := set(_files(scratch)) - own) and time.monotonic() < deadline:
        time.sleep(SWEPT)
    print(f"temporary files left after {args.kept} s: {len(left)}", *(f"  {path.name}" for path in left), sep="\n")
    return 1 if wrong or left else 0


class Visitor:
    """
    Somebody who asks over plain HTTP.

    Args:
        url (`str`): of the demo.
        number (`int`): the visitor's address is 127.0.0.`number`.
    """

    def __init__(self, url: str, number: int):
        transport = httpx.HTTPTransport(local_address=f"127.0.0.{number}")
        self.http = httpx.Client(base_url=f"{url}/gradio_api", transport=transport, timeout=PATIENCE)

    def wait_for_server(self) -> None:
        for _ in range(STARTING):
            try:
                self.http.get("/info")
                return
            except httpx.TransportError:
                time.sleep(1)
        sys.exit(f"The demo did not start within {STARTING} s.")

    def ask(self, name: str, paths: list[Path]) -> tuple[str, float]:
        """The first sentence of the answer, or what was said instead of it, and the seconds until it was there."""
        begun = time.monotonic()
        try:
            return self._answer(name, [self._upload(path) for path in paths]), time.monotonic() - begun
        except httpx.HTTPError as error:
            said = error.response.text if isinstance(error, httpx.HTTPStatusError) else repr(error)
            return said, time.monotonic() - begun

    def _upload(self, path: Path) -> dict:
        # under a name of their own, so that they are told from the server's
        answer = self.http.post("/upload", files={"files": (f"visitors_{path.name}", path.read_bytes())})
        uploaded = answer.raise_for_status().json()[0]
        return {"path": uploaded, "meta": {"_type": "gradio.FileData"}}

    def _answer(self, name: str, files: list[dict]) -> str:
        joined = self.http.post(f"/call/{name}", json={"data": files}).raise_for_status()
        event = None
        with self.http.stream("GET", f"/call/{name}/{joined.json()['event_id']}") as lines:
            for line in lines.iter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: ") and event in ("complete", "error"):
                    told = json.loads(line.removeprefix("data: "))
                    break
            else:
                return "the connection ended without an answer"
        if event == "error":
            return f"error: {told}"
        record, *results = told
        for result in filter(None, results):
            self.http.get(f"/file={result['path']}").raise_for_status()
        return record["detection"]["summary"]


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
