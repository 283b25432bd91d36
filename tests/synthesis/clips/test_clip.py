import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.faces.alignment import eye_centres
from micron_bert.labels.emotions import LABELS
from micron_bert.synthesis.clips.clip import synthesize_clip
from micron_bert.synthesis.motion.displacement import movement_mask, pixel_grid
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.nuisances import Nuisances

SMILE = [UnitActivation(12), UnitActivation(6, 0.5)]


def make(portrait, seed=0, **arguments):
    return synthesize_clip(portrait, rng=np.random.default_rng(seed), **arguments)


def test_what_a_clip_holds(portrait):
    clip = make(portrait, emotion="surprise", amplitude=2.0)
    assert clip.frames.dtype == np.uint8 and clip.frames.shape[1:] == (112, 112, 3)
    assert 0 < clip.onset < clip.apex < clip.offset < len(clip.frames)
    assert (clip.emotion, LABELS[clip.label], clip.subject) == ("surprise", "surprise", "astronaut")
    assert clip.expression.shape == clip.total.shape == (2, 112, 112)
    np.testing.assert_array_equal(clip.mask, movement_mask(clip.expression))
    eyes = eye_centres(clip.landmarks)
    peak = np.sqrt((clip.expression**2).sum(axis=0)).max()
    assert peak == pytest.approx(0.01 * clip.amplitude * np.linalg.norm(eyes[1] - eyes[0]), rel=0.05)
    assert 1.5 < clip.amplitude <= 2.0


def test_same_state_same_bits(portrait):
    np.testing.assert_array_equal(make(portrait, 3).frames, make(portrait, 3).frames)
    assert (
        make(portrait, 3).frames.shape != make(portrait, 4).frames.shape
        or (make(portrait, 3).frames != make(portrait, 4).frames).any()
    )


@pytest.mark.parametrize("fps", [25.0, 30.0, 100.0])
def test_durations_do_not_depend_on_the_frame_rate(portrait, fps):
    clip = make(portrait, fps=fps, action_units=SMILE)
    reference = make(portrait, fps=200.0, action_units=SMILE)
    assert clip.fps == fps
    assert (clip.apex - clip.onset) / fps == pytest.approx((reference.apex - reference.onset) / 200, abs=1.5 / fps)
    assert (clip.offset - clip.onset) / fps == pytest.approx((reference.offset - reference.onset) / 200, abs=1.5 / fps)


def test_expression_comes_and_goes(portrait):
    clip = make(portrait, action_units=SMILE, amplitude=6.0, nuisances=Nuisances.none())
    change = np.abs(clip.frames.astype(float) - clip.frames[clip.onset]).mean(axis=(1, 2, 3))
    assert change[: clip.onset + 1].max() == 0 and change[clip.offset :].max() == 0
    assert change.argmax() == clip.apex
    assert change[clip.apex] > 0.5


def test_without_expression_the_rest_goes_on(portrait):
    clip = make(portrait, emotion="none")
    assert clip.amplitude == 0 and not clip.expression.any() and not clip.mask.any()
    assert np.abs(clip.total).max() > 0.05
    assert (clip.frames[clip.apex] != clip.frames[clip.onset]).any()


def test_total_movement_takes_the_apex_back_to_the_onset(portrait):
    import cv2

    quiet = Nuisances.none(turn=0.3, tremor=0.1, residue=0.4)
    before, after = [], []
    for seed in range(4):
        clip = make(portrait, seed, action_units=SMILE, amplitude=4.0, nuisances=quiet)
        onset, apex = clip.frames[clip.onset].astype(float), clip.frames[clip.apex]
        x, y = pixel_grid(112, 112) + clip.total
        back = cv2.remap(apex, x, y, cv2.INTER_CUBIC)
        before.append(np.abs(apex - onset)[8:-8, 8:-8].mean())
        after.append(np.abs(back - onset)[8:-8, 8:-8].mean())
    assert np.mean(after) < 0.5 * np.mean(before)


def test_bad_arguments_are_refused(portrait):
    with pytest.raises(InputError, match="`fps` is `5"):
        make(portrait, fps=5.0)
    with pytest.raises(InputError, match="`joy`"):
        make(portrait, emotion="joy")
    with pytest.raises(InputError, match="`amplitude`"):
        make(portrait, amplitude=-1.0)
