"""Expressions that are put into a film: which of them count as found."""

from types import SimpleNamespace

import pytest

from micron_bert.errors import InputError
from micron_bert.evaluation.sensitivity.measurement import drawn, is_free, matched, measure_sensitivity, overlap
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.interval import Interval
from micron_bert.spotting.spotter import Spotter


def interval(start, peak, end, label="positive", kind="micro"):
    return Interval(0, 1, 2, start, peak, end, kind, 0.9, "mouth", label=label)


@pytest.fixture(scope="module")
def spotter():
    return Spotter(Recognizer.from_pretrained(device="cpu"))


def test_movements_of_a_still_face_are_found_and_nothing_else(still, spotter):
    done = []
    measured = measure_sensitivity(still, spotter, 4, (3.0, 5.0), progress=done.append)
    assert not measured.told and len(measured.events) == 4 == done[-1]
    assert sum(event.found for event in measured.events) >= 3
    assert all(3.0 <= event.size <= 5.001 and not event.talks for event in measured.events)
    assert all(event.named is not None for event in measured.events if event.found)


def test_the_same_seed_gives_the_same_expressions_and_another_gives_others(film):
    first, same, other = (drawn(film, (1.0, 3.0), seed, 0)[0] for seed in (0, 0, 1))
    assert first == same != other and drawn(film, (1.0, 3.0), 0, 1)[0] != first
    assert film.times[0] <= first.course.onset < first.course.offset <= film.times[-1]


def test_half_of_the_time_has_to_overlap_and_an_interval_stands_for_one(film):
    one = drawn(film, (2.0, 2.0), 0, 0)[0]
    course = one.course
    exact = interval(course.onset, course.apex, course.offset, "surprise")
    (event,) = matched(film, [one], [interval(0, 0.1, 0.2), exact])
    assert event.found and event.named == "surprise" and event.size == pytest.approx(2.0)
    late = interval(course.offset - 0.01, course.offset, course.offset + 0.4)
    (event,) = matched(film, [one], [late])
    assert not event.found and event.named is None
    assert [event.found for event in matched(film, [one, one], [exact])] == [True, False]


def test_overlap_is_of_seconds():
    course = SimpleNamespace(onset=1.0, apex=1.2, offset=1.4)
    one = SimpleNamespace(course=course)
    assert overlap(interval(1.0, 1.2, 1.4), one) == 1.0
    assert overlap(interval(1.2, 1.3, 1.6), one) == pytest.approx(1 / 3)
    assert overlap(interval(1.5, 1.6, 1.7), one) == 0.0
    assert is_free(one, [(0.0, 1.0), (1.4, 2.0)]) and not is_free(one, [(1.3, 2.0)])


def test_nothing_is_put_into_what_is_told_or_neutral(still, spotter):
    with pytest.raises(InputError, match="no room"):
        measure_sensitivity(still, spotter, 1, (3.0, 3.0), neutral=(0.0, 3.1))


def test_a_short_film_is_refused(still, spotter):
    with pytest.raises(InputError, match=r"for 1.0 s; give 2 s or more"):
        measure_sensitivity(still, spotter, 1, (3.0, 3.0), end=1.0)
