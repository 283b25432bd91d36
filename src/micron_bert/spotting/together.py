"""Several films at once: each is watched by a thread of its own, and what they ask the model goes into one batch."""

import itertools
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from micron_bert.model.recognizer_micron_bert import Comparison, CourseAnswer, Runtime, part_of

Answer = TypeVar("Answer")


class _Stopped(BaseException):
    """Ends the thread of a film that nobody waits for any more."""


class Rounds:
    """
    Puts what several films ask a model into common calls.

    A round begins when every film that is still watched has asked. What meets in a batch therefore depends on the
    films alone, not on which thread is quick, and results repeat.

    Args:
        runtime ([`Runtime`]): the model.
        places (`int`): threads that ask.
    """

    def __init__(self, runtime: Runtime, places: int):
        self.runtime, self.places = runtime, places
        self.change = threading.Condition()
        self.asked: dict[int, tuple[str, Any]] = {}  # kind and content of what each film asks
        self.answers: dict[int, Any] = {}
        self.stopped = False

    def ask(self, film: int, kind: str, content: Any) -> Any:
        """Waits for the round and returns the film's part of its answer, or raises what the model raised."""
        with self.change:
            self.asked[film] = (kind, content)
            self._begin()
            self.change.wait_for(lambda: self.stopped or film in self.answers)
            if film not in self.answers:
                raise _Stopped
            answer = self.answers.pop(film)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def leave(self) -> None:
        """A thread has no more films."""
        with self.change:
            self.places -= 1
            self._begin()

    def stop(self) -> None:
        """Ends all threads at their next frame."""
        with self.change:
            self.stopped = True
            self.change.notify_all()

    def check(self) -> None:
        """Ends the calling thread where all are stopped."""
        if self.stopped:
            raise _Stopped

    def _begin(self) -> None:
        if self.stopped or not self.asked or len(self.asked) < self.places:
            return
        asked, self.asked = dict(sorted(self.asked.items())), {}
        for kind, answer in (("encode", self._encode), ("compare", self._compare), ("read", self._read)):
            questions = {film: content for film, (of_kind, content) in asked.items() if of_kind == kind}
            try:
                self.answers |= answer(questions) if questions else {}
            except Exception as error:  # whatever it is, each film's thread tells it
                self.answers |= dict.fromkeys(questions, error)
        self.change.notify_all()

    def _encode(self, questions: dict[int, Sequence[np.ndarray]]) -> dict[int, list]:
        encoded = iter(self.runtime.encode([frame for frames in questions.values() for frame in frames]))
        return {film: list(itertools.islice(encoded, len(frames))) for film, frames in questions.items()}

    def _compare(self, questions: dict[int, Sequence[Sequence]]) -> dict[int, Comparison]:
        answers = {}
        for length in sorted({len(clips[0]) for clips in questions.values()}):  # a call takes clips of one length
            alike = {film: clips for film, clips in questions.items() if len(clips[0]) == length}
            compared, first = self.runtime.compare([clip for clips in alike.values() for clip in clips]), 0
            for film, clips in alike.items():
                answers[film] = part_of(compared, slice(first, first + len(clips)))
                first += len(clips)
        return answers

    def _read(self, questions: dict[int, tuple]) -> dict[int, CourseAnswer]:
        return {film: self.runtime.course.read(*steps) for film, steps in questions.items()}


class FilmRuntime:
    """The [`Runtime`] of one film among several: the model's, whose calls go through the [`Rounds`]."""

    def __init__(self, rounds: Rounds, film: int):
        self.rounds, self.film = rounds, film
        self.course = None if rounds.runtime.course is None else FilmCourse(rounds, film)

    def __getattr__(self, name: str):
        return getattr(self.rounds.runtime, name)

    def encode(self, frames: Sequence[np.ndarray]) -> list:
        return self.rounds.ask(self.film, "encode", list(frames))

    def compare(self, clips: Sequence[Sequence]) -> Comparison:
        return self.rounds.ask(self.film, "compare", list(clips))


class FilmCourse:
    """The [`CourseRuntime`] of one film among several."""

    def __init__(self, rounds: Rounds, film: int):
        self.rounds, self.film = rounds, film
        head = rounds.runtime.course
        self.calibration, self.back, self.ahead = head.calibration, head.back, head.ahead

    def read(self, *steps: np.ndarray) -> CourseAnswer:
        return self.rounds.ask(self.film, "read", steps)


def watch_together(
    runtime: Runtime, count: int, together: int, watch: Callable[[int, Runtime, Callable[[], None]], Answer]
) -> Iterator[tuple[int, Answer | Exception]]:
    """
    Watches films side by side.

    Args:
        runtime ([`Runtime`]): the model.
        count (`int`): of the films.
        together (`int`): watched at a time; the next one begins when one ends.
        watch (`Callable`):
            `watch(number, runtime, check)` watches a film with the runtime that it gets, calls `check()` at every
            frame, and returns what it found. It runs in a thread.

    Yields:
        `tuple[int, Answer | Exception]`: number of a film, and what was found in it or what went wrong; as they end.
    """
    together = max(1, min(together, count))
    rounds, ended, left = Rounds(runtime, together), queue.Queue(), queue.SimpleQueue()
    for number in range(count):
        left.put(number)

    def work() -> None:
        try:
            while True:
                number = left.get_nowait()
                try:
                    ended.put((number, watch(number, FilmRuntime(rounds, number), rounds.check)))
                except Exception as error:
                    ended.put((number, error))
        except (queue.Empty, _Stopped):
            pass
        finally:
            rounds.leave()

    threads = [threading.Thread(target=work, name=f"film-{place}") for place in range(together)]
    try:
        for thread in threads:
            thread.start()
        for _ in range(count):
            yield ended.get()
    finally:
        rounds.stop()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
