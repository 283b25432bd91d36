from dataclasses import replace

import numpy as np
import pytest

from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.recognition.detection import detection_of
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.report import describe, to_json
from micron_bert.spotting.answer import decided
from micron_bert.spotting.interval import Interval


class Pair:
    residue = np.zeros(2)


FOUND = Recognition(
    "surprise", {"negative": 0.1, "positive": 0.1, "surprise": 0.7, "none": 0.1}, 10, 14, None, None,
    np.zeros((2, 2)), Pair, (None, None),
)  # fmt: skip
SHOWN = Interval(
    10, 14, 20, 0.4, 0.56, 0.8, "micro", 0.8, "mouth", 0, "positive",
    {"negative": 0.1, "positive": 0.8, "surprise": 0.1}, (0, 0, 1, 1), "speech", 0.3,
)  # fmt: skip


THRESHOLDS = {"micro": 0.5, "macro": 0.9}


def test_expression_has_the_courses_name_and_confidence():
    answer = decided(FOUND, detection_of([SHOWN], None, THRESHOLDS))
    assert answer.label == "positive" and answer.probabilities["none"] == pytest.approx(0.2)
    assert answer.probabilities["positive"] == pytest.approx(0.64)
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert (answer.offset, answer.times["offset"]) == (20, 0.8)
    first = describe(answer).splitlines()[0]
    assert first == "micro-expression found, resembles positive (confidence 0.80, 0.50 asked for)"
    record = to_json(answer)["detection"]
    assert record["detected"] == "yes" and record["findings"][0]["apex"] == 14


def test_macro_expression_has_no_name():
    macro = replace(SHOWN, kind="macro")
    answer = decided(FOUND, detection_of([macro], None, THRESHOLDS))
    assert answer.label is None and answer.resembles is None and answer.probabilities == {"none": pytest.approx(0.2)}
    finding = to_json(answer)["detection"]["findings"][0]
    assert finding["label"] is None and finding["probabilities"] is None
    assert "positive" not in describe(answer)


def test_movement_that_is_none_is_no_expression():
    answer = decided(FOUND, detection_of([], SHOWN, THRESHOLDS))
    assert answer.label == "none"
    assert describe(answer).startswith("no micro-expression found: the strongest movement looks like speech")
    record = to_json(answer)["detection"]
    assert (record["detected"], record["reason"], record["strongest_movement"]["apex"]) == ("no", "speech", 14)


def test_nothing_is_nothing():
    answer = decided(FOUND, detection_of([], None, THRESHOLDS))
    assert answer.label == "none" and answer.probabilities["none"] == 1 and answer.onset == 10
    assert "too little movement" in describe(answer)
    assert to_json(answer)["detection"]["reason"] == "too little movement"


def test_pair_of_pictures_cannot_tell():
    record = to_json(FOUND)["detection"]
    assert (record["detected"], record["reason"]) == ("cannot tell", "two frames")
    assert "the movement resembles surprise" in describe(FOUND) and "not whether it is a micro-expression" in describe(
        FOUND
    )


def test_units_are_claimed_only_where_an_expression_is():
    units = (UnitReading("4", "both", 0.91, 1.0, True), UnitReading("12", "both", 0.1, 1.0, False))
    pair = replace(FOUND, action_units=units)
    yes = decided(pair, detection_of([SHOWN], None, THRESHOLDS))
    no = decided(pair, detection_of([], SHOWN, THRESHOLDS))
    assert "AU4 brow lowerer, both, .91" in describe(yes) and "AU12" not in describe(yes)
    assert "AU4" not in describe(no) and "no action unit is claimed" in describe(no)
    assert to_json(yes)["action_units"][0]["shown"] and not to_json(no)["action_units"][0]["shown"]
    assert "action units" not in describe(decided(FOUND, detection_of([SHOWN], None, THRESHOLDS)))
