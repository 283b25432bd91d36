from dataclasses import replace

import numpy as np
import pytest

from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.recognition.detection import detection_of
from micron_bert.recognition.recognition import Recognition
from micron_bert.spotting.answer import decided
from micron_bert.spotting.interval import Interval


class Pair:
    residue = np.zeros(2)


UNITS = (
    UnitReading("4", "both", 0.91, 1.1, True),
    UnitReading("7", "left", 0.72, 0.8, True),
    UnitReading("12", "both", 0.06, 1.0, False),
    UnitReading("1", "both", 0.03, 1.0, False),
)
PAIR = Recognition(
    "negative", {"negative": 0.8, "positive": 0.05, "surprise": 0.05, "none": 0.1}, 10, 14, None, None,
    np.zeros((2, 2)), Pair, (None, None), action_units=UNITS,
)  # fmt: skip
FROWN = Interval(
    10, 14, 20, 0.4, 0.56, 0.8, "micro", 0.8, "brows", 0, "negative",
    {"negative": 0.9, "positive": 0.05, "surprise": 0.05}, action_units=UNITS,
)  # fmt: skip
GRIN = replace(
    FROWN, onset=50, apex=60, offset=90, start=2.0, peak=2.4, end=3.6, kind="macro", region="mouth", label="positive",
    probabilities={"negative": 0.1, "positive": 0.9, "surprise": 0.0},
    action_units=(UnitReading("12", "both", 0.97, 1.0, True), UnitReading("6", "both", 0.8, 1.0, True)),
)  # fmt: skip
THRESHOLDS = {"micro": 0.5, "macro": 0.9}


@pytest.fixture
def pair():
    return PAIR


@pytest.fixture
def film():
    """A film with a micro- and a macro-expression."""
    return decided(PAIR, detection_of([FROWN, GRIN], None, THRESHOLDS))


@pytest.fixture
def resting():
    """A film without any expression."""
    return decided(PAIR, detection_of([], replace(FROWN, confidence=0.2), THRESHOLDS))
