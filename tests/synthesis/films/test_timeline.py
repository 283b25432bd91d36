import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.synthesis.films.timeline import (
    EventRates,
    HeldCourse,
    Speech,
    Steps,
    Timeline,
    draw_expressions,
    lay_out,
)


def test_pieces_of_time_keep_apart_and_fill_all_of_it(rng):
    lengths = [2.0, 0.5, 3.0]
    first, last = [], []
    for _ in range(200):
        starts = lay_out(rng, lengths, 10.0, 0.7)
        ends = np.add(starts, lengths)
        assert starts[0] >= 0.7 and ends[-1] <= 9.3 + 1e-9
        assert all(start - end >= 0.7 - 1e-9 for start, end in zip(starts[1:], ends[:-1], strict=True))
        first.append(starts[0])
        last.append(ends[-1])
    assert min(first) < 0.9 and max(last) > 9.1
    assert lay_out(rng, [], 1.0, 0.7) == []
    with pytest.raises(InputError, match="do not fit"):
        lay_out(rng, lengths, 7.0, 0.7)


def test_expressions_have_the_asked_numbers_sizes_and_lengths(rng):
    expressions = draw_expressions(rng, 600.0, EventRates(micro=10, macro=4))
    micro = [one for one in expressions if one.kind == "micro"]
    macro = [one for one in expressions if one.kind == "macro"]
    assert (len(micro), len(macro)) == (100, 40)
    sizes = np.array([one.amplitude for one in micro])
    # log-uniform: as many below as above the geometric mean
    assert 0.2 <= sizes.min() and sizes.max() <= 2.0 and 0.35 < (sizes < np.sqrt(0.4)).mean() < 0.65
    assert all(one.course.offset - one.course.onset <= 0.5 for one in micro)
    assert all(0.5 < one.course.offset - one.course.onset <= 4 for one in macro)
    assert all(2 <= one.amplitude <= 10 for one in macro)
    assert len({one.emotion for one in micro}) >= 6 and len({one.seed for one in expressions}) == 140
    starts = [one.course.onset for one in expressions]
    assert starts == sorted(starts)


def test_a_held_expression_stays_and_goes():
    course = HeldCourse(1.0, 1.4, 2.0, 2.5)
    times = np.linspace(0.5, 3, 251)
    intensity = course.intensity(times)
    assert intensity[(times <= 1) | (times >= 2.5)].max() == 0
    np.testing.assert_allclose(intensity[(times >= 1.4) & (times <= 2.0)], 1)
    assert (np.diff(intensity[(times > 1) & (times < 1.4)]) > 0).all()


def test_steps_keep_a_value_and_move_smoothly_to_the_next(rng):
    steps = Steps(np.array([1.0, 3.0]), np.array([0.5, 0.2]), np.array([[0.0], [2.0], [-1.0]]))
    assert [float(steps.at(time)[0]) for time in (0.0, 1.0, 1.25, 1.5, 2.9, 3.2, 9.0)] == [0, 0, 1, 2, 2, -1, -1]
    assert steps.intervals() == [(1.0, 1.5), (3.0, 3.2)]
    drawn = Steps.draw(rng, 3600.0, 12.0, (0.1, 2.0), (5.0, 1.0))
    assert len(drawn.starts) == pytest.approx(720, rel=0.15)
    assert (drawn.starts[:-1] + drawn.lengths[:-1] <= drawn.starts[1:] + 1e-9).all()
    # a value is never left in a jump
    moments = np.array([drawn.at(time) for time in np.arange(0, 60, 0.01)])
    assert np.abs(np.diff(moments, axis=0)).max() < 20 * 0.01 / 0.1 * 2
    assert np.std(drawn.values, axis=0) == pytest.approx([5.0, 1.0], rel=0.2)


def test_speech_opens_the_jaw_in_bouts_and_rests_between(rng):
    speech = Speech.draw(rng, 120.0, EventRates(speech=0.3))
    total = sum(end - start for start, end in speech.bouts)
    assert 0.2 < total / 120 < 0.35
    talking, silent = [], []
    for time in np.arange(0, 120, 0.02):
        inside = any(start <= time <= end for start, end in speech.bouts)
        (talking if inside else silent).append(speech.at(time))
    assert np.abs(silent).max() < 1e-6
    assert 0.8 < np.mean(np.array(talking)[:, 0]) < 4 and np.max(talking) < 20
    rates = [
        np.sum((speech.centres >= start) & (speech.centres <= end)) / (end - start) for start, end in speech.bouts
    ]
    assert 2 < min(rates) and max(rates) < 7


def test_nothing_happens_where_nothing_is_asked_for(rng):
    nothing = EventRates(micro=0, macro=0, speech=0, blink=0, gaze=0, turn=0, light=0)
    timeline = Timeline.draw(rng, 30.0, nothing)
    assert timeline.expressions == [] and not any(timeline.others().values())
    assert timeline.speech.at(3.0).tolist() == [0, 0, 0] and timeline.light.at(3.0).shape == (2,)


def test_blinks_come_about_as_often_as_people_blink(rng):
    blinks = Timeline.draw(rng, 600.0, EventRates(speech=0)).blinks
    assert 120 < len(blinks) < 200
    assert all(one.end < other.start for one, other in zip(blinks, blinks[1:], strict=False))
