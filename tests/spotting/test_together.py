"""Frames ahead and films side by side: larger batches, the same answers; an error of one film is its own."""

import threading

import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting import Spotter
from micron_bert.spotting.together import Rounds, watch_together
from micron_bert.video.writer import write_video


class Counted:
    """A runtime that notes how many frames and clips each call had."""

    def __init__(self, runtime):
        self.runtime, self.encoded, self.compared = runtime, [], []

    def __getattr__(self, name):
        return getattr(self.runtime, name)

    def encode(self, frames):
        self.encoded.append(len(frames))
        return self.runtime.encode(frames)

    def compare(self, clips):
        self.compared.append(len(clips))
        return self.runtime.compare(clips)


@pytest.fixture(scope="module")
def films(film, tmp_path_factory):
    """A film with an expression, its part, and a longer one with a cut to black and a hole in the face."""
    folder, frames = tmp_path_factory.mktemp("films"), film[1]
    black = [np.zeros_like(frames[0])] * 4
    several = {"whole": frames, "part": frames[20:70], "cut": [*frames[:25], *black, *frames[30:60]]}
    return [write_video(folder / f"{name}.mp4", several[name], 30.0) for name in several]


@pytest.fixture(scope="module")
def alone(recognizer, films):
    spotter = Spotter(recognizer, 0.0)
    return [spotter.spot(film) for film in films]


def same(one, other):
    """Whether two spottings agree; rounding differs with the size of a batch."""
    assert one.curve.indices.tolist() == other.curve.indices.tolist()
    np.testing.assert_allclose(one.curve.movement, other.curve.movement, atol=1e-3)
    np.testing.assert_allclose(one.curve.judged, other.curve.judged, atol=1e-3)
    extents = [
        [(i.kind, i.onset, i.apex, i.offset, i.label, i.region, i.face) for i in s.intervals] for s in (one, other)
    ]
    assert extents[0] == extents[1]
    np.testing.assert_allclose(
        [i.confidence for i in one.intervals], [i.confidence for i in other.intervals], atol=1e-3
    )
    assert (one.strongest is None) == (other.strongest is None)


def test_frames_ahead_change_the_batches_and_not_the_answers(recognizer, films, alone):
    assert alone[0].intervals  # something is compared
    for film, expected in zip(films, alone, strict=True):
        counted = Counted(recognizer.runtime)
        same(Spotter(Recognizer(counted), 0.0).spot(film, ahead=7), expected)
        assert max(counted.encoded) >= 7 and max(counted.compared) > 7


def test_films_side_by_side_share_batches_and_keep_their_answers(recognizer, films, alone):
    counted = Counted(recognizer.runtime)
    options = [{"ahead": 4}] * len(films)
    told = dict(Spotter(Recognizer(counted), 0.0).spot_together(films, 2, options))
    assert sorted(told) == [0, 1, 2] and max(counted.encoded) > 4
    for number, spotting in told.items():
        same(spotting, alone[number])


def test_a_film_that_cannot_be_read_is_told_and_the_others_go_on(recognizer, films, tmp_path):
    (tmp_path / "bad.mp4").write_text("no film")
    told = dict(Spotter(recognizer, 0.0).spot_together([tmp_path / "bad.mp4", films[1]], 2))
    assert isinstance(told[0], InputError) and "bad.mp4" in str(told[0]) and told[1].curve.times.size


def test_nobody_waits_for_films_that_are_given_up(recognizer, films):
    before = threading.active_count()
    running = Spotter(recognizer, 0.0).spot_together(films, 3)
    next(running)
    running.close()
    assert threading.active_count() == before


def test_an_error_of_the_model_reaches_every_film(recognizer):
    class Broken(Counted):
        def encode(self, frames):
            raise MemoryError("out of memory")

    def watch(number, runtime, check):
        return runtime.encode([number])

    told = dict(watch_together(Broken(recognizer.runtime), 3, 2, watch))
    assert [type(told[number]) for number in range(3)] == [MemoryError] * 3


def test_rounds_do_not_depend_on_who_is_quick():
    class Noting:
        course, calls = None, []

        def encode(self, frames):
            self.calls.append(list(frames))
            return frames

    def watch(number, runtime, check):
        for step in range(2 + number):
            if number == 0:
                threading.Event().wait(0.01)
            assert runtime.encode([(number, step)]) == [(number, step)]

    noting = Noting()
    list(watch_together(noting, 3, 3, watch))
    rounds = [[(film, step) for film in range(3) if step < 2 + film] for step in range(4)]
    assert noting.calls == rounds
    assert Rounds(noting, 1).places == 1
