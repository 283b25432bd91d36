import numpy as np
import pytest

from micron_bert.spotting.causes import cause_of
from micron_bert.spotting.course import Moment, join
from micron_bert.spotting.finder import FaceFinder
from micron_bert.spotting.movement import Pairs
from micron_bert.spotting.track import FaceTrack
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film import synthesize_film

LIDS, LIPS, X, LIGHT = 0, 1, 2, 8


def moments(changed=None, by=0.0):
    """Half a second in which one of the numbers of the state goes there and back, and the others stay."""
    states = np.zeros((12, 9))
    if changed is not None:
        states[:, changed] = by * np.sin(np.linspace(0, np.pi, 12))
    return [Moment(n, n, n / 25, np.zeros((4, 2, 2)), 0.0, state, 1.0, np.zeros(4)) for n, state in enumerate(states)]


@pytest.mark.parametrize(
    "changed, by, cause",
    [(LIDS, 0.2, "blink"), (LIPS, 0.2, "speech"), (X, 0.2, "head"), (LIGHT, 0.2, "light"), (LIPS, 0.004, "rest")],
)
def test_what_moved_most_is_the_cause(changed, by, cause):
    assert cause_of(moments(changed, by)).name == cause


def test_of_a_movement_that_may_be_none_only_a_clear_cause_is_named():
    small, large = moments(LIDS, 0.015), moments(LIDS, 0.03)
    assert [cause_of(small).name, cause_of(large).name] == ["blink", "blink"]
    assert [cause_of(small, doubtful=True).name, cause_of(large, doubtful=True).name] == ["rest", "blink"]


def test_nothing_is_rest():
    assert cause_of(moments()).name == cause_of([]).name == cause_of(moments(LIPS, 0.2)[:2]).name == "rest"


def test_heads_that_drift_explain_nothing():
    """Nobody sits still: a sway alone is rest, and a blink of a head that sways is a blink."""
    still, blinking = moments(), moments(LIDS, 0.03)
    for number, (one, other) in enumerate(zip(still, blinking, strict=True)):
        one.state[X] = other.state[X] = 0.02 * number
    assert cause_of(still).name == "rest" and cause_of(blinking) == ("blink", pytest.approx(3, abs=0.5))


@pytest.mark.slow
@pytest.mark.parametrize(
    "rates, cause, least", [({"blink": 40.0}, "blink", 0.8), ({"speech": 0.6}, "speech", 0.4), ({}, "rest", 0.9)]
)
def test_causes_of_films_whose_truth_is_known(rates, cause, least, face):
    """Six seconds of a face that sways, with one kind of event: what happens within .3 s is put down to it."""
    calm = dict.fromkeys(("micro", "macro", "gaze", "turn", "light", "blink", "speech"), 0.0)
    rng = np.random.default_rng(5)
    film = synthesize_film(*face, 6.0, 30.0, rng, rates=EventRates(**calm | rates))
    seen = moments_of(film)
    asked = np.arange(0.4, 5.6, 0.1)
    if cause != "rest":
        events = film.others[cause]
        asked = [time for time in asked if any(start <= time <= end for start, end in events)]
    named = [cause_of([one for one in seen if abs(one.time - time) <= 0.35]).name for time in asked]
    assert len(named) >= 5 and named.count(cause) / len(named) >= least


def moments_of(film):
    """The moments of a film, with what the landmarks say and no movement of the skin."""
    finder, track, faces = FaceFinder(), FaceTrack(224), []
    for number, frame in enumerate(film.frames()):
        time = number / film.fps
        faces += track.push(number, number, time, frame, finder.locate(frame, time).get(0))
    none = Pairs([], [], np.zeros((0, 4, 2, 2), np.float32), np.ones((2, 2)), np.zeros((2, 2)), np.zeros((0, 4)))
    known = []
    for face in [*faces, *track.interrupt()]:
        known.append(join(known, face, none))
    return known
