import csv
import io
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.spotting import Interval
from micron_bert.spotting.interval import kind_of
from micron_bert.spotting.tables import to_csv, to_eaf, to_text, to_vtt

SMILE = Interval(
    30, 36, 42, 1.0, 1.2, 1.4, "micro", 0.91, "mouth", 0, "positive", {"positive": 0.8, "none": 0.2}, (0, 0, 9, 9)
)
FROWN = Interval(3000, 3030, 3090, 100.0, 101.0, 3723.0456, "macro", 0.5, "brows", 1)


def test_half_a_second_is_still_micro():
    assert kind_of(3.2, 3.7) == "micro" and kind_of(3.2, 3.74) == "macro"


def test_csv_reads_back():
    smile, frown = csv.DictReader(io.StringIO(to_csv([SMILE, FROWN])))
    assert (smile["onset"], smile["apex"], smile["offset"]) == ("30", "36", "42")
    assert float(smile["end"]) == 1.4 and float(smile["p_positive"]) == 0.8
    assert frown["face"] == "1" and frown["label"] == "" and frown["p_none"] == "nan"
    assert len(to_csv([]).splitlines()) == 1


def test_elan_gets_each_interval_at_its_milliseconds(tmp_path):
    root = ElementTree.fromstring(to_eaf([SMILE, FROWN], tmp_path / "a b.mp4"))
    slots = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")}
    spans = {
        annotation.find("ANNOTATION_VALUE").text: tuple(slots[annotation.get(f"TIME_SLOT_REF{end}")] for end in (1, 2))
        for annotation in root.iter("ALIGNABLE_ANNOTATION")
    }
    assert sorted(spans.values()) == [(1000, 1400), (100000, 3723046)]
    assert [tier.get("TIER_ID") for tier in root.iter("TIER")] == [
        "micro-expressions of face 0",
        "macro-expressions of face 1",
    ]
    types = {kind.get("LINGUISTIC_TYPE_ID") for kind in root.iter("LINGUISTIC_TYPE")}
    assert {tier.get("LINGUISTIC_TYPE_REF") for tier in root.iter("TIER")} <= types
    assert root.find("HEADER/MEDIA_DESCRIPTOR").get("MEDIA_URL").endswith("a%20b.mp4")
    # time slots of a document are in order
    assert list(slots.values()) == sorted(slots.values())


def test_subtitles_say_what_and_when():
    lines = to_vtt([SMILE, FROWN]).splitlines()
    assert lines[0] == "WEBVTT" and lines[3] == "00:00:01.000 --> 00:00:01.400"
    assert "resembles positive" in lines[4]
    assert "00:01:40.000 --> 01:02:03.046" in lines


def test_table_for_people():
    text = to_text([SMILE, FROWN])
    assert "face 1" in text and "30-36-42" in text and "resembles positive" in text
    assert "face" not in to_text([SMILE])


def test_action_units_have_a_column_and_a_tier_of_their_own():
    units = (UnitReading("12", "left", 0.9, 1.0, True), UnitReading("4", "both", 0.1, 1.0, False))
    told = replace(SMILE, action_units=units)
    (row,) = csv.DictReader(io.StringIO(to_csv([told])))
    assert row["action_units"] == "L12"
    assert "L12" in to_text([told]) and "units" not in to_text([SMILE])
    root = ElementTree.fromstring(to_eaf([told, FROWN], None))
    (tier,) = [tier for tier in root.iter("TIER") if tier.get("TIER_ID") == "action units of face 0"]
    assert [value.text for value in tier.iter("ANNOTATION_VALUE")] == ["L12"]
    assert not any(
        "action units" in tier.get("TIER_ID") for tier in ElementTree.fromstring(to_eaf([SMILE], None)).iter("TIER")
    )


def test_hostile_names_are_text_in_every_table(tmp_path):
    label = "\x1b[2J=<i>&-->\n\x00]]>"
    hostile = replace(SMILE, label=label, region=label, probabilities={label: 1.0}, box=None)
    root = ElementTree.fromstring(to_eaf([hostile], tmp_path / "<\x1b&\udcff>.mp4"))
    (value,) = [one.text for one in root.iter("ANNOTATION_VALUE")]
    assert "=<i>&-->" in value and "\x1b" not in value
    assert root.find("HEADER/MEDIA_DESCRIPTOR").get("MEDIA_URL").endswith("%FF%3E.mp4")
    cue = to_vtt([hostile]).splitlines()
    assert len(cue) == 5 and "<" not in cue[4] and "-->" not in cue[4]
    assert len(to_text([hostile]).splitlines()) == 2 and "\x1b" not in to_text([hostile])
    formula = replace(SMILE, label="=1+1", region="@SUM(A1)", probabilities={"=1+1": 1.0})
    (row,) = csv.DictReader(io.StringIO(to_csv([formula])))
    assert (row["label"], row["region"], row["onset"]) == ("'=1+1", "'@SUM(A1)", "30")
