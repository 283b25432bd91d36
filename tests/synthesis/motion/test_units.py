import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.labels.emotions import EMOTION_LABELS, EMOTIONS, LABELS, label_of
from micron_bert.synthesis.motion.units import (
    ACTION_UNITS,
    EMOTION_SHARES,
    EMOTION_UNITS,
    NEIGHBOURS,
    SHOWN_UNITS,
    UnitActivation,
    draw_action_units,
    draw_combination,
    draw_companions,
    draw_emotion,
)


def test_labels_need_no_numpy():
    import subprocess
    import sys

    code = "import sys, micron_bert.labels.emotions; assert 'numpy' not in sys.modules and 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_every_emotion_has_units_and_a_label():
    assert set(EMOTION_UNITS) == set(EMOTIONS)
    assert {label_of(emotion) for emotion in EMOTIONS} == set(range(len(LABELS)))


def test_tables_name_units_that_exist():
    named = {unit for sheets in EMOTION_UNITS.values() for sheet in sheets for unit in sheet}
    named |= set(NEIGHBOURS) | {unit for units in NEIGHBOURS.values() for unit in units}
    assert named <= set(ACTION_UNITS)


def test_emotions_of_a_class_have_that_label(rng):
    for label, shares in EMOTION_SHARES.items():
        assert sum(shares.values()) == pytest.approx(1)
        assert {EMOTION_LABELS[draw_emotion(label, rng)] for _ in range(20)} == {label}


def test_landmarks_of_a_pair_mirror_each_other(portrait):
    # the two landmarks of each pull lie on opposite sides of the nose, at the same height
    x, y = (portrait.landmarks / portrait.size / 0.8).T  # inter-ocular distances
    middle = x[[168, 6, 4, 152]].mean()
    for unit in ACTION_UNITS.values():
        for landmarks, outward, _ in unit.pulls:
            if len(landmarks) == 2:
                right, left = landmarks
                assert x[right] < middle < x[left]
                assert abs((middle - x[right]) - (x[left] - middle)) < 0.2
                assert abs(y[right] - y[left]) < 0.12
            else:
                assert outward == 0
                assert abs(x[landmarks[0]] - middle) < 0.1


def test_units_follow_the_shares_of_the_sheets(rng):
    drawn = [{unit.number for unit in draw_action_units("happiness", rng)} for _ in range(600)]
    # three sheets: 12 in .84 (of the samples that have any unit: .93), 1 and 1 of the samples
    assert np.mean([12 in units for units in drawn]) == pytest.approx(0.98, abs=0.02)
    assert all(drawn)
    assert draw_action_units("none", rng) == []


def test_open_lips_alone_are_no_expression(rng):
    for _ in range(300):
        assert not {unit.number for unit in draw_action_units("fear", rng)} <= {25, 26}


def test_any_combination_has_one_to_three_units_that_are_more_than_open_lips(rng):
    drawn = [[unit.number for unit in draw_combination(rng)] for _ in range(600)]
    assert {len(numbers) for numbers in drawn} == {1, 2, 3} and all(len(set(one)) == len(one) for one in drawn)
    assert {number for numbers in drawn for number in numbers} == set(SHOWN_UNITS)
    assert not any(set(numbers) <= {25, 26} for numbers in drawn)


def test_a_fifth_is_one_sided(rng):
    sides = [draw_action_units("surprise", rng)[0].side for _ in range(1000)]
    assert np.mean([side != "both" for side in sides]) == pytest.approx(0.2, abs=0.04)
    assert set(sides) == {"both", "left", "right"}


def test_companions_are_faint_and_not_coded(rng):
    units = [UnitActivation(12)]
    for _ in range(50):
        for companion in draw_companions(units, rng):
            assert companion.number != 12
            assert companion.intensity < 0.5
    assert draw_companions([], rng) == []


def test_mirroring_twice_is_nothing():
    unit = UnitActivation(12, 0.7, "left")
    assert unit.mirrored().side == "right"
    assert unit.mirrored().mirrored() == unit


@pytest.mark.parametrize("arguments", [(99,), (12, 1.0, "top")])
def test_unknown_units_and_sides_are_refused(arguments):
    with pytest.raises(InputError, match="`99`|`top`"):
        UnitActivation(*arguments)


def test_unknown_emotions_are_refused(rng):
    with pytest.raises(InputError, match="`boredom`"):
        draw_action_units("boredom", rng)
