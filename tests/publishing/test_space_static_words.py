"""The page's sentences and tables are those of the package, word for word: its modules run in Node.js."""

import json
from dataclasses import asdict, replace

import pytest

from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.recognition.detection import describe_input, detection_of, likeness, summary, surest
from micron_bert.recognition.reliability import Reliability
from micron_bert.recognition.units import describe_unit
from micron_bert.spotting.baseline import Baseline
from micron_bert.spotting.interval import Interval
from micron_bert.spotting.tables import to_csv

SCRIPT = """
import { readFileSync } from "node:fs";
import { describeInput, detectionOf, likeness, summary } from "./detection.js";
import { ReliabilityMeter } from "./reliability.js";
import { toCsv } from "./tables.js";
import { describeUnit } from "./units.js";

const told = JSON.parse(readFileSync(0)).map(({ findings, strongest, thresholds, measured, baseline, surest }) => {
  const meter = Object.assign(new ReliabilityMeter(), measured);
  const detection = detectionOf(findings, strongest, thresholds, meter.read(measured.fps), baseline);
  return {
    summary: summary(detection, surest && likeness(surest)),
    reason: detection.reason,
    input: describeInput(detection),
    csv: toCsv(findings),
    units: findings.flatMap(({ units }) => (units ?? []).map(describeUnit)),
  };
});
console.log(JSON.stringify(told));
"""
THRESHOLDS = {"micro": 0.79, "macro": 0.74}
UNITS = (
    UnitReading("12", "both", 0.997, 1.3, True),
    UnitReading("4", "left", 0.81, 0.9, True),
    UnitReading("45", "right", 0.034, 0.4, False),
)
MICRO = Interval(
    31, 37, 43, 1.0333, 1.2333, 1.4333, "micro", 0.943, "cheeks", 0, "positive",
    {"negative": 0.02, "positive": 0.961, "surprise": 0.019}, None, "light", 0.6, UNITS,
)  # fmt: skip
SURPRISE = replace(MICRO, label="surprise", probabilities={"negative": 0.18, "positive": 0.19, "surprise": 0.63})
FAINT = replace(MICRO, label="negative", probabilities={"negative": 0.41, "positive": 0.3, "surprise": 0.29})
MACRO = replace(MICRO, kind="macro", offset=90, end=3.0, confidence=0.88, action_units=None)
FORMULA = replace(MICRO, label="=1+1", probabilities={"=1+1": 0.9, "a, b": 0.1})
GOOD = Reliability(96.3, 29.97, None, 0.99, 0.0, 1.0)
SMALL = replace(GOOD, eye_distance=14.2)
SLOW = replace(GOOD, fps=12.5)
POOR = Reliability(32.4, 60.0, None, 0.81, 0.437, 0.52)
REST = Baseline((0.0, 2.0), 1.93, 0.214, {"micro": 0.31})
CASES = [
    *(([one], None, GOOD, None) for one in (MICRO, SURPRISE, FAINT, MACRO, FORMULA)),
    ([MACRO, MICRO, FAINT], None, POOR, REST),
    *(
        ([], replace(MICRO, confidence=0.31, cause=cause), GOOD, None)
        for cause in ("speech", "blink", "head", "light")
    ),
    ([], replace(MACRO, confidence=0.21, cause="rest"), POOR, REST),
    ([], replace(MICRO, confidence=0.0049, cause="blink"), GOOD, None),
    ([], replace(MICRO, confidence=0.005, cause="rest"), GOOD, None),
    ([], None, GOOD, None),
    ([], MICRO, SMALL, None),
    ([], None, SLOW, REST),
]


def of_page(interval):
    """An interval as the page has it: action units under another name."""
    if interval is None:
        return None
    units = interval.action_units
    return asdict(interval) | {"units": None if units is None else [one._asdict() for one in units]}


@pytest.fixture(scope="module")
def told(in_node):
    """What the page says of each case."""
    given = []
    for findings, strongest, reliability, baseline in CASES:
        seen = 1000  # frames
        measured = {
            "fps": reliability.fps,
            "seen": seen,
            "missed": seen / reliability.face_share - seen,
            "talking": reliability.talking_share * seen,
            "eyes": reliability.eye_distance * seen,
            "correlation": reliability.registration * seen,
        }
        one = {"findings": list(map(of_page, findings)), "strongest": of_page(strongest), "measured": measured}
        one |= {
            "thresholds": THRESHOLDS,
            "baseline": baseline and asdict(baseline),
            "surest": of_page(surest(findings)),
        }
        given.append(one)
    return json.loads(in_node(SCRIPT, json.dumps(given).encode()))


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_page_says_what_the_package_says(told, number):
    findings, strongest, reliability, baseline = CASES[number]
    detection = detection_of(findings, strongest, THRESHOLDS, reliability, baseline)
    assert told[number]["summary"] == summary(detection, likeness(surest(findings)) if findings else None)
    assert told[number]["reason"] == detection.reason
    assert told[number]["input"] == describe_input(reliability, baseline)
    assert told[number]["csv"] == to_csv(findings)
    assert told[number]["units"] == [describe_unit(unit) for one in findings for unit in one.action_units or ()]
