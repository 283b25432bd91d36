"""
Jobs that several processes share, with results as they come.

The processes are those of the standard library. datatrove, which runs tasks on clusters, has a pool as well, but that
waits for ever for a process that was killed, ends with the first job that fails, and is an extra.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any

from micron_bert.errors import KilledError

KILLED = (
    "A process at work was killed, perhaps because memory ran out; type the same command with fewer `--processes`."
)


def run_jobs(
    function: Callable[..., Any],
    jobs: Iterable[tuple],
    processes: int = 1,
    begin: Callable[..., None] | None = None,
    setup: tuple = (),
) -> Iterator[tuple[tuple, Any]]:
    """
    Calls a function once for every job, here or in several processes.

    Jobs are taken when a worker is about to be free, so what they carry may be large. The first exception ends it:
    what was begun is finished, what was not is left. Workers end with their parent, however that ends.

    Args:
        function (`Callable`):
            Called as `function(*job)`; with several processes, something that can be pickled, as its jobs.
        jobs (`Iterable[tuple]`):
            Its arguments.
        processes (`int`, defaults to 1):
            With 1 or fewer the work is done in this one.
        begin (`Callable`, *optional*):
            Called as `begin(*setup)` in every new worker, not in this process.

    Yields:
        `(job, result)`, in the order in which they are done.

    Raises:
        [`KilledError`]: a process was killed.
    """
    if processes <= 1:
        for job in jobs:
            yield job, function(*job)
        return
    # a fork of a process whose libraries run threads may hang
    context = multiprocessing.get_context("spawn")
    waiting, running = iter(jobs), {}
    with ProcessPoolExecutor(processes, context, initializer=_begin_worker, initargs=(begin, setup)) as pool:
        try:
            while True:
                for job in islice(waiting, processes + 1 - len(running)):
                    running[pool.submit(function, *job)] = job
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        except BrokenProcessPool as error:
            raise KilledError(KILLED) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin_worker(begin: Callable[..., None] | None, setup: tuple) -> None:
    import cv2

    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)  # a process for each core is parallel enough
    if begin is not None:
        begin(*setup)


def _end_with_parent() -> None:
    """A killed parent cannot tell its workers; they would wait for work for ever."""
    multiprocessing.parent_process().join()
    os._exit(1)
