import numpy as np
import pytest

from micron_bert.model.course_steps_micron_bert import STEP
from micron_bert.spotting.decision import AROUND, Calibration, Decision
from micron_bert.spotting.reading import Reading

PLAIN = {kind: Calibration(1.0, 0.0, 0.5) for kind in ("micro", "macro")}


def course(events, seconds=8.0):
    """Readings as of a head that is sure: `(onset, apex, offset, kind, probability, class)` each."""
    readings = []
    for time in STEP * np.arange(round(seconds / STEP)):
        kind, classes, at_apex, onset, offset = np.array([1.0, 0, 0]), np.full(3, 1 / 3), 0.0, time, time
        for begin, apex, end, name, sure, label in events:
            if begin <= time <= end:
                number = 1 if name == "micro" else 2
                kind = np.zeros(3)
                kind[number], kind[0] = sure, 1 - sure
                classes, onset, offset = np.eye(3)[label], begin, end
                at_apex = float(np.exp(-0.5 * ((time - apex) / 0.06) ** 2))
        readings.append(Reading(float(time), kind, classes, at_apex, onset, offset))
    return readings


def streamed(decision, readings, every=3):
    told, refused = [], []
    for first in range(0, len(readings), every):
        some = decision.take(readings[first : first + every])
        told, refused = told + some[0], refused + some[1]
    some = decision.take([], finished=True)
    return told + some[0], refused + some[1]


def test_every_expression_is_told_once_with_its_ends():
    events = [(1.0, 1.2, 1.45, "micro", 0.99, 2), (3.0, 3.6, 4.4, "macro", 0.99, 1)]
    told, _ = streamed(Decision(PLAIN), course(events))
    assert [(f.kind, round(f.onset, 2), round(f.offset, 2)) for f in told] == [("micro", 1, 1.45), ("macro", 3, 4.4)]
    assert all(abs(f.apex - event[1]) < 0.05 for f, event in zip(told, events, strict=True))


def test_what_is_unsure_is_refused_and_remembered():
    told, refused = streamed(Decision(PLAIN), course([(1.0, 1.2, 1.45, "micro", 0.3, 0)]))
    assert not told and len(refused) == 1 and refused[0].confidence < 0.5
    told, refused = streamed(Decision(PLAIN, strictness=0.0), course([(1.0, 1.2, 1.45, "micro", 0.3, 0)]))
    assert len(told) == 1 and not refused


def test_nothing_is_told_of_a_calm_face():
    assert streamed(Decision(PLAIN, strictness=0.0), course([])) == ([], [])


def test_classes_are_those_of_the_steps_inside():
    decision = Decision(PLAIN)
    (finding,), _ = decision.take(course([(1.0, 1.2, 1.4, "micro", 0.99, 1)], 3.0), finished=True)
    assert decision.classes(finding).argmax() == 1 and decision.classes(finding).sum() == pytest.approx(1)


def test_memory_is_bounded_and_what_is_late_is_told_in_time():
    decision, events = Decision(PLAIN), [(t, t + 0.2, t + 0.4, "micro", 0.99, 0) for t in range(1, 60, 3)]
    told = []
    for reading in course(events, 62.0):
        some, _ = decision.take([reading])
        # what is told ended before the steps that were looked at
        assert all(reading.time - f.offset <= (max(AROUND.values()) + 2) * STEP + 1e-6 for f in some)
        told += some
        assert len(decision.readings) < 200 and len(decision.reported) < 10
    assert len(told) == len(events)


def test_of_readings_that_overlap_the_surer_one_is_told():
    events = [(1.0, 1.25, 1.5, "micro", 0.95, 0)]
    readings = course(events)
    # a macro-expression that is nearly as likely over the same steps
    for place, reading in enumerate(readings):
        if 1.0 <= reading.time <= 1.5:
            readings[place] = reading._replace(kind=np.array([0.0, 0.52, 0.48]))
    told, _ = streamed(Decision(PLAIN, strictness=0.0), readings)
    assert [finding.kind for finding in told] == ["micro"]


def test_strictness_asks_for_more():
    calibration = Calibration(1.0, 0.0, 0.4)
    asked = [calibration.required(strictness) for strictness in (0, 0.25, 0.5, 0.75, 1)]
    assert asked == sorted(asked) and asked[2] == pytest.approx(0.4)
    assert calibration.confidence(0.3) == pytest.approx(0.3)
