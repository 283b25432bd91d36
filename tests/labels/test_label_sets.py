import re
from pathlib import Path

import pytest
import yaml

from micron_bert.errors import InputError
from micron_bert.labels.label_sets import BY_NAME, label_set, read_label_set
from micron_bert.labels.unit_names import find_units, unit_of, units_in

QUIET = dict.fromkeys(("1", "2", "4", "5", "6", "7", "9", "10", "12", "14", "15", "17"), 0.04)


def test_units_are_known_by_number_code_and_name():
    assert unit_of(4) == unit_of("AU4") == unit_of("au 04") == unit_of("Brow Lowerer") == unit_of("brow lowrer") == "4"
    assert (
        units_in("9 10 4") == units_in("AU9+AU10+AU4") == units_in("nose wrinkler, upper lip raiser and brow lowerer")
    )
    assert [number for number, _ in find_units("Are AU6 and the lip corner puler shown?")] == ["12", "6"]


def test_a_set_of_my_own_works_from_yaml(tmp_path):
    path = tmp_path / "labels.yaml"
    path.write_text(
        "polite: 12\nenjoyment: [6 12, 'cheek raiser, lip corner puller, lid tightener']\nsneer: nose wrinkler\n"
        "doubt: 4 + 14\ncalm: none\n"
    )
    labels = read_label_set(path)
    assert len(labels.sets) == 5 and labels.units == ["4", "6", "7", "9", "12", "14"]
    for shown, expected in (("12", "polite"), ("6 12", "enjoyment"), ("9", "sneer"), ("4 14", "doubt"), ("", "calm")):
        told = QUIET | dict.fromkeys(shown.split(), 0.9)
        fits = labels.probabilities(told)
        assert next(iter(fits)) == expected and sum(fits.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", BY_NAME)
def test_each_set_of_the_field_names_its_own_units(name):
    labels = read_label_set(name)
    for label, sets in labels.sets.items():
        others = [units for name, several in labels.sets.items() if name != label for units in several]
        for units in sets:
            if any(units < other for other in others):
                continue  # a part of what another label shows may be either
            told = dict.fromkeys(labels.units, 0.05) | dict.fromkeys(units, 0.95)
            assert next(iter(labels.probabilities(told))) == label, units


@pytest.mark.parametrize(
    "entries, message",
    [
        ({}, "two labels or more"),
        ({"a": "4"}, "two labels or more"),
        ({"a": "4", "b": ""}, "The label `b` of the labels: it has no action units"),
        ({"a": "4", "b": []}, "it has no action units"),
        ({"a": "4", "b": ["12", None]}, "it has no action units"),
        ({"a": "4", "b": [["12"]]}, "a list in a list"),
        ({"a": "4", "b": {}}, "it has no attributes; use units, side, valence, emotion"),
        ({"a": "4", "b": {"mood": "bad"}}, "`mood` is no attribute"),
        ({"a": "4", "b": {"valence": "bad"}}, "`bad` is no valence here; use one of negative, positive, surprise"),
        ({"a": "4", "b": {"emotion": "envy"}}, "`envy` is no emotion here"),
        ({"a": "4", "b": {"side": "left"}}, "not a side alone"),
        ({"a": "4", "b": {"valence": "positive", "units": 4}}, "not units and valence"),
        ({"a": "4", "b": {"units": 12, "side": "upper"}}, "`upper` is no side; use left, right, either"),
        ({"a": "4", "b": "99"}, "no action unit `99`"),
        ({"a": "4", "b": "moustache twirler"}, "no action unit `moustache twirler`"),
        ({"a": "4 7", "b": ["12", "7 4"]}, "`a` and `b` of the labels have the same units, `4 7`"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(entries, message):
    with pytest.raises(InputError, match=message) as caught:
        label_set(entries)
    assert "\n" not in str(caught.value)


def test_units_that_the_model_lacks_are_named():
    with pytest.raises(InputError, match="`b` rests on AU27"):
        label_set({"a": "4", "b": "27"}).check(["4", "12"])
    assert label_set({"a": "4", "b": ["27", "12"]}).check(["4", "12"])
    with pytest.raises(InputError, match="name a YAML file or one of three"):
        read_label_set("nowhere.yaml")


def test_valence_emotion_and_side_are_attributes(tmp_path):
    path = tmp_path / "labels.yaml"
    path.write_text(
        "bad: {valence: negative}\ngood: {valence: positive}\nstartled: {emotion: surprise}\n"
        "smirk: {units: 12, side: left}\nsneer: [R9, right upper lip raiser]\n"
    )
    labels = read_label_set(path)
    assert frozenset({"12"}) in labels.sets["good"] and frozenset({"4", "9"}) in labels.sets["bad"]
    assert labels.sets["smirk"] == (frozenset({"L12"}),) and labels.sets["sneer"] == ({"R9"}, {"R10"})
    told = QUIET | {"25": 0.04, "12": 0.9}
    for side, expected in (("left", "smirk"), ("both", "good"), ("right", "good")):
        assert next(iter(labels.probabilities(told, dict.fromkeys(told, "both") | {"12": side}))) == expected


def test_two_labels_of_the_same_name_are_refused(tmp_path):
    (tmp_path / "labels.yaml").write_text("happy: 12\nsad: 15\nhappy: 6\n")
    with pytest.raises(InputError, match=r"^`[^`]*` has `happy` twice"):
        read_label_set(tmp_path / "labels.yaml")


@pytest.mark.parametrize("text", ["[" * 5000, "{a: 2024-02-30}", "a: [", "\x01"])
def test_file_that_cannot_be_read_is_one_sentence(tmp_path, text):
    (tmp_path / "labels.yaml").write_text(text)
    with pytest.raises(InputError, match="cannot be read as YAML") as caught:
        read_label_set(tmp_path / "labels.yaml")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_the_labels_in_the_documents_can_be_used():
    page = (Path(__file__).parents[2] / "docs" / "units.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        assert len(label_set(yaml.safe_load(block)).sets) >= 2
