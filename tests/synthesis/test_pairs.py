import pickle

import cv2
import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.faces.alignment import eye_centres
from micron_bert.labels.emotions import EMOTION_LABELS, LABELS
from micron_bert.synthesis.motion.displacement import movement_mask, pixel_grid
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.pairs import NO_CLASS, SyntheticPairs

MOVING = LABELS[:3]


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("frames", "expression", "total"))


def warp_back(frame, displacement):
    """The later frame, taken back along a displacement field."""
    x, y = pixel_grid(*frame.shape[:2]) + displacement
    return cv2.remap(frame, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def difference(one, other):
    return np.abs(one.astype(float) - other)[8:-8, 8:-8].mean()


def test_shapes_and_types(portrait):
    pair = SyntheticPairs([portrait])[0]
    assert pair.frames.shape == (2, 112, 112, 3) and pair.frames.dtype == np.uint8
    assert pair.expression.shape == pair.total.shape == (2, 112, 112)
    assert pair.expression.dtype == pair.total.dtype == np.float32
    assert pair.mask.shape == (112, 112) and pair.mask.dtype == bool
    assert LABELS[pair.label] == EMOTION_LABELS[pair.emotion]
    assert pair.subject == "astronaut"


def test_a_pair_depends_on_seed_and_index_alone(portrait):
    pairs = SyntheticPairs([portrait], seed=5)
    first = pairs[7]
    pairs[3]
    assert same(first, pairs[7])
    assert same(first, pickle.loads(pickle.dumps(pairs))[7])
    assert not same(first, pairs[8])
    assert not same(first, SyntheticPairs([portrait], seed=6)[7])


def test_classes_are_equally_frequent(portrait):
    pairs = SyntheticPairs([portrait])
    counts = np.bincount([pairs[index].label for index in range(120)], minlength=4)
    assert counts.min() > 15


def test_amplitude_is_that_of_the_largest_displacement(portrait):
    pairs = SyntheticPairs([portrait], labels=MOVING)
    for index in range(12):
        pair = pairs[index]
        assert 0.3 <= pair.amplitude <= 2.5
        eyes = eye_centres(pair.landmarks)
        peak = np.sqrt((pair.expression**2).sum(axis=0)).max()
        assert peak == pytest.approx(0.01 * pair.amplitude * np.linalg.norm(eyes[1] - eyes[0]), rel=0.05)


def test_without_expression_nothing_is_expressed(portrait):
    pair = SyntheticPairs([portrait], labels=("none",))[1]
    assert pair.amplitude == 0 and pair.action_units == ()
    assert not pair.expression.any() and not pair.mask.any()
    assert np.abs(pair.total).max() > 0.1


def test_mask_marks_the_expression(portrait):
    pair = SyntheticPairs([portrait], labels=MOVING)[2]
    np.testing.assert_array_equal(pair.mask, movement_mask(pair.expression))
    assert 0.02 < pair.mask.mean() < 0.9


def test_without_nuisances_all_movement_is_expression(portrait):
    pairs = SyntheticPairs([portrait], residue=0.0, labels=MOVING, nuisances=Nuisances.none())
    for index in range(6):
        pair = pairs[index]
        np.testing.assert_allclose(pair.total, pair.expression, atol=0.01)


@pytest.mark.parametrize("kept", [{}, {"turn": 1.0}, {"tremor": 0.3}, {"gaze": 1.0}, {"speech": 1.0}, {"blink": 1.0}])
def test_true_movement_takes_the_apex_back_to_the_onset(portrait, kept):
    pairs = SyntheticPairs(
        [portrait], amplitude=(2.0, 4.0), residue=0.5, labels=MOVING, nuisances=Nuisances.none(**kept)
    )
    before, after = [], []
    for index in range(8):
        pair = pairs[index]
        onset, apex = pair.frames
        before.append(difference(apex, onset))
        after.append(difference(warp_back(apex, pair.total), onset))
    assert np.mean(after) < 0.5 * np.mean(before)


def test_true_movement_agrees_with_optical_flow(portrait):
    pairs = SyntheticPairs([portrait], amplitude=(3.0, 6.0), residue=0.5, labels=MOVING, nuisances=Nuisances.none())
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    errors, sizes = [], []
    for index in range(8):
        pair = pairs[index]
        onset, apex = (
            cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
            for frame in pair.frames
        )
        seen = cv2.resize(flow.calc(onset, apex, None), (112, 112), interpolation=cv2.INTER_AREA) / 2
        error = np.sqrt(((seen.transpose(2, 0, 1) - pair.total) ** 2).sum(axis=0))
        errors.append(np.median(error[pair.mask]))
        sizes.append(np.median(np.sqrt((pair.total**2).sum(axis=0))[pair.mask]))
    assert np.mean(errors) < 0.35 * np.mean(sizes)


def test_both_frames_are_equally_sharp(portrait):
    # a frame that was resampled more often than the other would give the label away
    pairs = SyntheticPairs([portrait], nuisances=Nuisances(noise=(0.0, 0.0), jpeg=0.0, blink=0.0))
    energies = []
    for index in range(60):
        grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in pairs[index].frames]
        energies.append([cv2.Laplacian(frame, cv2.CV_32F)[20:-20, 20:-20].var() for frame in grey])
    onset, apex = np.array(energies).T
    assert np.median(np.log(apex / onset)) == pytest.approx(0, abs=0.03)


def test_left_is_the_persons_left_also_in_mirrored_frames(portrait, rng):
    pairs = SyntheticPairs([portrait], residue=0.0, nuisances=Nuisances.none(flip=0.5), habits=Habits.none())
    for _ in range(6):
        pair = pairs.render(portrait, "happiness", [UnitActivation(12, side="left")], 2.0, rng)
        speed = np.sqrt((pair.expression**2).sum(axis=0))
        # a person's left is on the right of a picture that shows them from the front
        assert speed[:, 56:].max() > 4 * speed[:, :56].max()


def test_curriculum_by_index(portrait):
    pairs = SyntheticPairs([portrait], labels=MOVING, amplitude=lambda index: (5, 6) if index < 4 else (0.3, 0.4))
    assert all((pairs[index].amplitude > 1) == (index < 4) for index in range(8))


@pytest.mark.parametrize("size", [64, 144])
def test_other_sizes(photograph, photograph_landmarks, size):
    from micron_bert.synthesis.portraits import Portrait

    portrait = Portrait.from_photograph("astronaut", photograph, photograph_landmarks, size)
    assert SyntheticPairs([portrait], size=size)[0].frames.shape == (2, size, size, 3)


def test_bad_arguments_are_refused(portrait):
    with pytest.raises(InputError, match="no portraits"):
        SyntheticPairs([])
    with pytest.raises(InputError, match="`112`.*`64`"):
        SyntheticPairs([portrait], size=64)
    with pytest.raises(InputError, match="`amplitude`"):
        SyntheticPairs([portrait], amplitude=(2.0, 1.0))
    with pytest.raises(InputError, match="`labels`"):
        SyntheticPairs([portrait], labels=("joy",))
    with pytest.raises(IndexError):
        SyntheticPairs([portrait], length=3)[3]


def test_units_drawn_at_random_have_no_class(portraits):
    pairs = SyntheticPairs(portraits, size=32, length=60, combinations=0.5)
    drawn = [pairs[index] for index in range(60)]
    free = [pair for pair in drawn if pair.label == NO_CLASS]
    assert 15 < len(free) < 45
    assert all(pair.emotion == "" and 1 <= len(pair.action_units) <= 3 and pair.mask.any() for pair in free)
