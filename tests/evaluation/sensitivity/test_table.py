"""What a measurement says, in words and numbers."""

import json

import pytest

from micron_bert.evaluation.sensitivity.measurement import Event, Sensitivity
from micron_bert.evaluation.sensitivity.table import conclusions, describe, groups_of, row_of, to_json
from micron_bert.spotting.interval import Interval


def event(size, found, talks=False, named="positive"):
    return Event(1.0, 1.2, 1.4, size, "positive", talks, found, named if found else None)


@pytest.fixture
def measured(film):
    """Ten of each size; the smallest are missed, and of the middle ones half are found."""
    events = [event(1.2, False) for _ in range(10)]
    events += [event(1.7, number % 2 == 0, talks=True) for number in range(10)]
    events += [event(2.9, True, named="positive" if number else "surprise") for number in range(10)]
    return Sensitivity(film, [], events, (1.0, 3.0), None, 0)


def test_every_expression_is_in_one_size_and_one_state_of_the_lips(measured):
    groups = groups_of(measured)
    assert list(groups) == ["all", "1 to 1.4 %", "1.4 to 2.1 %", "2.1 to 3 %", "lips at rest", "lips moving"]
    assert [len(some) for some in groups.values()] == [30, 10, 10, 10, 20, 10]
    assert row_of(groups["2.1 to 3 %"]) == {
        "put_in": 10, "found": 10, "share": 1.0, "low": 0.722, "high": 1.0, "named_rightly": 9
    }  # fmt: skip


def test_words(measured):
    said = describe(measured)
    assert "30 synthetic micro-expressions of 1 to 3 % of the eye distance were put into 3 s of the film;" in said
    assert "(72% to 100%)" in said and "9 of 10" in said
    assert "From 1 % on, half or more are found: 50%." in said and "Of the film itself nothing is told." in said


@pytest.mark.parametrize(
    "found, count, sentence",
    [
        ((0, 1, 10), 10, "From 1.4 % on, half or more are found: 55%."),
        ((0, 0, 5), 10, "From 2.1 % on, half or more are found: 50%."),
        ((9, 0, 0), 10, "Of no size half are found"),  # ten of thirty, and none of the large ones
        ((1, 0, 0), 3, "Too few to judge by size; put in more (`--count`), 30 at least."),
    ],
)
def test_conclusions(film, found, count, sentence):
    sizes = (1.2, 1.7, 2.9)
    events = [event(size, number < most) for size, most in zip(sizes, found, strict=True) for number in range(count)]
    told = [Interval(0, 1, 2, 1.0, 1.25, 1.4, "micro", 0.9, "mouth")]
    said = conclusions(Sensitivity(film, told, events, (1.0, 3.0), None, 0))
    assert sentence in said[0]
    assert said[1] == "Of the film itself this is told: micro at 1.2 s. Look whether it is there."


def test_one_size_is_one_group(film):
    groups = groups_of(Sensitivity(film, [], [event(2.0 - 1e-15, True)] * 10, (2.0, 2.0), 18, 0))
    assert [len(groups[name]) for name in ("all", "2 to 2 %")] == [10, 10]


def test_numbers(measured):
    content = json.loads(json.dumps(to_json(measured)))
    assert content["groups"]["all"]["share"] == 0.5 and len(content["events"]) == 30
    assert content["events"][0]["size"] == 1.2 and content["sizes"] == [1.0, 3.0]
