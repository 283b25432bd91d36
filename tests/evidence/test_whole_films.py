"""Expressions put into whole films, and what is counted of them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from skimage.data import astronaut

from benchmarks.evidence.injected_films import Event, Film, judge, pieces
from benchmarks.evidence.whole_films import injected_row, neutral_row, said, talking
from micron_bert.evaluation.sensitivity.film import FollowedFilm
from micron_bert.faces.photograph import align_image
from micron_bert.spotting.interval import Interval


def interval(start, peak, end, label="positive", kind="micro"):
    return Interval(0, 1, 2, start, peak, end, kind, 0.9, "mouth", label=label)


class Oracle:
    """A spotter that tells what it is given."""

    def __init__(self, told):
        self.told = told
        self.recognizer = SimpleNamespace(recognize_pair=lambda onset, apex: SimpleNamespace(label="none"))

    def live(self, fps):
        pushed = []
        return SimpleNamespace(
            push=lambda image, time, place: pushed.append(time) or SimpleNamespace(interval_closed=[]),
            drain=lambda: SimpleNamespace(interval_closed=self.told if len(pushed) > 40 else []),
        )


@pytest.fixture
def film(landmarks):
    pictures = np.full((75, 120, 120, 3), 128, np.uint8)
    transforms = np.repeat(np.array([[1.0, 0, 0], [0, 1.0, 0]])[None], 75, axis=0)
    times, marks = np.arange(75) / 25, np.repeat(landmarks[None], 75, axis=0)
    return Film("one", pictures, FollowedFilm("one.mp4", 0.0, 3.0, 25.0, None, times, transforms, marks))


@pytest.fixture(scope="module")
def landmarks():
    """Of a face that is 112 pixels wide."""
    return align_image(astronaut(), size=112).landmarks.astype(np.float32)


def test_found_where_half_of_it_overlaps_and_told_elsewhere_is_a_false_alarm(film):
    (event,), away = judge(Oracle([]), film, 0, None)
    assert not event.found and event.course == event.pair == "none" and not away and not event.talks
    (again,), _ = judge(Oracle([]), film, 0, None)
    assert again == event  # the same seed, the same expression
    course = drawn_course(film)
    hit = interval(course.onset, course.apex + 0.04, course.offset, event.label)
    far = 0.0 if course.onset > 1.5 else 2.5
    (event,), away = judge(Oracle([hit, interval(far, far + 0.1, far + 0.2)]), film, 0, None)
    assert event.found and event.named == event.label and event.late == pytest.approx(1.0)
    assert len(away) == 1 and away[0].start == far


def drawn_course(film):
    seen = []

    class Spy(Film):
        def with_expressions(self, expressions, rate_factor):
            seen.extend(expressions)
            return super().with_expressions(expressions, rate_factor)

    judge(Oracle([]), Spy(**vars(film)), 0, None)
    assert len(seen) == 1
    return seen[0].course


def test_pieces_cover_a_film_and_a_short_film_is_one_piece(film):
    parts = pieces(film, 1.0, 0.5)
    assert parts[0][0] == 0 and all(len(part) == 25 for part in parts) and len(parts) == 4
    (whole,) = pieces(film, 3.0, 1.5)
    assert len(whole) == 75


def test_rows_count_by_film_size_and_name():
    def event(amplitude, found, named, course):
        return Event("one", amplitude, amplitude > 2, "positive", found, named, 1.0 if found else None, course, "none")

    events = [
        event(1.2, False, None, "none"),
        event(2.5, True, "positive", "surprise"),
        event(2.9, True, "negative", "positive"),
    ]
    row = injected_row(events, [interval(0, 0.1, 0.2), interval(0, 0.5, 1.0, kind="macro")], minutes=2.0)
    assert row == ["3", 2 / 3, 1.0, 0.5, 1.0, 0.5, 2 / 3, 0.5, 0.0, None]
    assert len(talking(events)) == 2
    assert injected_row([], None, 1.0) == ["0", *[None] * 9]


def test_every_other_film_has_its_expression_where_the_lips_rest(film):
    lips = film.followed.landmarks.copy()
    lips[:45, 14, 1] += 8 * np.sin(np.arange(45))  # the lower lip moves up and down until 1.8 s
    talker = replace(film, followed=replace(film.followed, landmarks=lips))
    seeds = [1, 3]
    events = [event for seed in seeds for event in judge(Oracle([]), talker, seed, None)[0]]
    assert events and not any(event.talks for event in events)
    lips = np.where(np.arange(75)[:, None, None] % 2, lips[0], lips[2])
    still = replace(film, followed=replace(film.followed, landmarks=lips))
    drawn = [event for seed in seeds for event in judge(Oracle([]), still, seed, None)[0]]
    assert all(event.talks for event in drawn)  # there is no such moment


def test_a_neutral_row_counts_what_is_told_a_minute_and_says_where(film):
    told = [[interval(0, 0.1, 0.2), interval(1, 1.5, 2, kind="macro")], []]
    row = neutral_row([film, film], told, [0.25, None])
    assert row == [pytest.approx(0.1), 0.5, 0.25, None, pytest.approx(10.0), pytest.approx(10.0)]
    assert said(film, told[0]) == ["one", [["micro", 0, 0.2, 0.9], ["macro", 1, 2, 0.9]]]


def test_a_moved_film_is_the_same_film_beside_its_place(film):
    pictures = np.repeat(astronaut()[None, :120, 160:280], 75, axis=0)
    one = Film(**(vars(film) | {"pictures": pictures}))
    moved = one.moved(np.random.default_rng(0), None)
    assert moved.shape == pictures.shape and (moved == moved[0]).all() and (moved[0] != pictures[0]).any()
    again = one.moved(np.random.default_rng(0), None)
    assert (again == moved).all()
