from dataclasses import replace

import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.labels.label_sets import label_set
from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.recognition.detection import detection_of
from micron_bert.recognition.naming import named_by
from micron_bert.recognition.recognition import Recognition
from micron_bert.spotting.answer import decided
from micron_bert.spotting.interval import Interval

LABELS = label_set({"sneer": "9 10", "grin": "6 12", "doubt": "4 14"})
UNITS = tuple(
    UnitReading(number, "both", share, 1.0, share > 0.5)
    for number, share in (("12", 0.9), ("6", 0.7), ("4", 0.1), ("9", 0.05), ("10", 0.05), ("14", 0.05))
)


class Pair:
    residue = np.zeros(2)


PAIR = Recognition(
    "surprise", {"negative": 0.1, "positive": 0.2, "surprise": 0.5, "none": 0.2}, 10, 14, None, None,
    np.zeros((2, 2)), Pair, (None, None), action_units=UNITS,
)  # fmt: skip
SHOWN = Interval(10, 14, 20, 0.4, 0.56, 0.8, "micro", 0.8, "mouth", 0, "positive", {"positive": 1.0})
THRESHOLDS = {"micro": 0.5, "macro": 0.9}


def test_a_pair_is_named_by_its_units_and_none_keeps_its_share():
    named = named_by(PAIR, LABELS)
    assert named.label == "grin" and named.probabilities["none"] == 0.2
    assert sum(named.probabilities.values()) == pytest.approx(1)


def test_a_film_is_named_where_it_shows_an_expression_and_not_elsewhere():
    told = replace(SHOWN, action_units=UNITS)
    yes = named_by(decided(PAIR, detection_of([told], None, THRESHOLDS)), LABELS)
    assert yes.label == "grin" and yes.probabilities["none"] == pytest.approx(0.2)
    assert yes.detection.findings[0].label == "grin"
    no = named_by(decided(PAIR, detection_of([], told, THRESHOLDS)), LABELS)
    assert no.label == "none"
    macro = named_by(decided(PAIR, detection_of([replace(told, kind="macro")], None, THRESHOLDS)), LABELS)
    assert macro.label is None, "nobody has measured names of macro-expressions"


def test_a_model_without_units_cannot_name_by_them():
    with pytest.raises(InputError, match="rest on action units"):
        named_by(replace(PAIR, action_units=None), LABELS)
