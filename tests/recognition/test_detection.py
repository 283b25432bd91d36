import json
from dataclasses import replace

import pytest

from micron_bert.recognition.detection import OF_PAIR, REASONS, describe_input, detection_of, of_pair, summary, to_json
from micron_bert.recognition.reliability import Reliability
from micron_bert.spotting.causes import CAUSES
from micron_bert.spotting.interval import Interval

GOOD = Reliability(120.0, 30.0, 0.08, 0.98, 0.1, 1.0)
MICRO = Interval(10, 14, 20, 0.4, 0.56, 0.8, "micro", 0.6, "mouth", cause="rest", box=(1.0, 2.0, 3.0, 4.0))
MACRO = replace(MICRO, kind="macro", confidence=0.97, onset=50, apex=80, offset=90)
THRESHOLDS = {"micro": 0.5, "macro": 0.9}


def test_micro_expression_comes_before_a_surer_macro_expression():
    found = detection_of([MICRO, MACRO], None, THRESHOLDS, GOOD)
    assert (found.detected, found.kind, found.score, found.threshold) == ("yes", "micro", 0.6, 0.5)
    assert "2 findings" in summary(found, "positive")


@pytest.mark.parametrize(
    ("cause", "reason"), [("speech", "speech"), ("head", "head turn"), ("rest", "too little movement")]
)
def test_no_gives_the_reason_and_the_movement(cause, reason):
    found = detection_of([], replace(MICRO, cause=cause, confidence=0.2), THRESHOLDS, GOOD)
    assert (found.detected, found.reason) == ("no", reason)
    said = "too little movement" if cause == "rest" else "the strongest movement looks like "
    assert summary(found).startswith(f"no micro-expression found: {said}")
    assert "confidence 0.20, 0.50 asked for" in summary(found)


def test_no_confidence_is_told_that_would_be_written_as_zero():
    found = detection_of([], replace(MICRO, cause="blink", confidence=0.0049), THRESHOLDS, GOOD)
    assert summary(found) == "no micro-expression found: the strongest movement looks like a blink"
    assert summary(detection_of([], None, THRESHOLDS, GOOD)) == "no micro-expression found: too little movement"


def test_every_cause_has_words():
    assert set(REASONS) == set(CAUSES)


@pytest.mark.parametrize(
    ("film", "reason"),
    [(replace(GOOD, eye_distance=15.0), "small face"), (replace(GOOD, fps=15.0), "rate under 25")],
)
def test_poor_film_cannot_show_that_there_is_none(film, reason):
    found = detection_of([], MICRO, THRESHOLDS, film)
    assert (found.detected, found.reason) == ("cannot tell", reason) and "cannot tell" in summary(found)
    found = detection_of([MICRO], None, THRESHOLDS, film)
    assert found.detected == ("cannot tell" if reason == "small face" else "yes")
    assert film.advice and any("25" in line or "px" in line for line in describe_input(film))


def test_rate_of_25_is_enough_however_it_is_rounded():
    assert replace(GOOD, fps=24.99).hindrance is None and not GOOD.advice


def test_record_is_plain_json():
    record = json.loads(json.dumps(to_json(detection_of([MICRO], MACRO, THRESHOLDS, GOOD)), allow_nan=False))
    assert record["findings"][0]["box"] == [1, 2, 3, 4] and record["strongest_movement"]["kind"] == "macro"
    assert record["input"]["eye_distance_pixels"] == 120 and record["input"]["advice"] == []
    assert to_json(OF_PAIR)["detected"] == "cannot tell"


def test_two_frames_are_answered_with_a_no_where_they_resemble_none():
    told = to_json(of_pair("none"))
    assert (told["detected"], told["reason"]) == ("no", "resembles none")
    assert told["summary"] == "no micro-expression found: what moved between the two frames resembles no expression"
    assert of_pair("positive") == OF_PAIR
