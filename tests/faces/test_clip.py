import weakref

import cv2
import numpy as np
import pytest

from micron_bert.errors import InputError, NoFaceError
from micron_bert.faces.clip import align_clip
from micron_bert.video import Frame


@pytest.fixture(scope="module")
def head_motion(similarity):
    """A slow nod of the head with a little turning and approaching: one matrix per frame."""
    steps = np.arange(10)
    x, y, degrees = 2.0 * np.sin(steps / 3), 1.5 * np.sin(steps / 4), 0.5 * np.sin(steps / 5)
    return [similarity(x[i], y[i], degrees=degrees[i], scale=1 + i / 2000, centre=200) for i in steps]


@pytest.fixture(scope="module")
def film(astronaut, move, head_motion):
    """The part of the photograph around the face, moving as a whole."""
    picture = astronaut[:300, 60:400]
    return [move(picture, matrix) for matrix in head_motion]


def shake(clip, head_motion, root_mean_square):
    """By how much the true content of each frame misses its place in the reference frame, in pixels of the crop."""
    first = clip.transforms[clip.reference] @ np.vstack([head_motion[clip.reference], (0, 0, 1)])
    back = np.linalg.inv(np.vstack([first, (0, 0, 1)]))
    return [
        root_mean_square(transform @ np.vstack([truth, (0, 0, 1)]) @ back)
        for transform, truth in zip(clip.transforms, head_motion, strict=True)
    ]


@pytest.mark.parametrize("reference", ["chain", 0, 4])
def test_a_moving_head_stands_still_after_registration(film, head_motion, root_mean_square, reference):
    aligned = align_clip(film, register=False)
    registered = align_clip(film, reference=reference)
    assert registered.registered.all()
    assert max(shake(registered, head_motion, root_mean_square)) < 0.06
    assert np.median(shake(registered, head_motion, root_mean_square)) < 0.03
    assert np.median(shake(aligned, head_motion, root_mean_square)) > 0.06
    assert not aligned.registered.any() and not aligned.residue.any()


def test_a_clip_says_where_everything_is(film):
    clip = align_clip((Frame(7 + i, 0.1 * i, image) for i, image in enumerate(film[:4])), size=96)
    assert clip.frames.shape == (4, 96, 96, 3) and clip.frames.dtype == np.uint8
    assert clip.landmarks.shape == (4, 468, 2) and clip.transforms.shape == (4, 2, 3)
    assert clip.indices.tolist() == [7, 8, 9, 10]
    assert clip.times == pytest.approx([0, 0.1, 0.2, 0.3])
    again = cv2.warpAffine(film[2], clip.transforms[2], (96, 96), flags=cv2.INTER_LINEAR)
    assert np.abs(again[5:-5, 5:-5].astype(float) - clip.frames[2, 5:-5, 5:-5]).mean() < 3
    assert align_clip(film[:2]).times is None


def test_drift_of_brightness_is_taken_out(film):
    fading = [np.clip(image * (1 - 0.01 * step), 0, 255).astype(np.uint8) for step, image in enumerate(film)]
    levels = align_clip(fading).frames[:, 20:-20, 20:-20].mean(axis=(1, 2, 3))
    assert np.ptp(levels) < 1 < np.ptp(align_clip(fading, register=False).frames.mean(axis=(1, 2, 3)))


def test_only_a_few_full_frames_are_held(film):
    made, gone, most = 0, [], 0

    def frames():
        nonlocal made, most
        for image in film:
            frame = image.copy()
            weakref.finalize(frame, gone.append, made)
            made += 1
            most = max(most, made - len(gone))
            yield frame

    assert len(align_clip(frames())) == len(film)
    assert most <= 7


def test_a_gap_is_an_error_that_names_the_frames(film):
    black = np.zeros_like(film[0])
    frames = [Frame(i, i / 25, image) for i, image in enumerate([*film[:3], black, black, *film[5:7]])]
    with pytest.raises(NoFaceError, match=r"`3` to `4` \(0.12 s to 0.16 s\)"):
        align_clip(frames)
    with pytest.raises(NoFaceError, match=r"`3` to `4`; cut"):
        align_clip([*film[:3], black, black])
    clip = align_clip(frames, missing="skip")
    assert clip.indices.tolist() == [0, 1, 2, 5, 6]


def test_a_clip_without_a_face_is_refused(film):
    for missing in ("error", "skip"):
        with pytest.raises(NoFaceError, match="any of the 3 frames"):
            align_clip([np.zeros_like(film[0])] * 3, missing=missing)


def test_cropped_frames_need_no_face_models(crop, move, similarity, root_mean_square, tmp_path):
    truth = [similarity(0.4 * step, -0.2 * step) for step in range(3)]
    clip = align_clip([move(crop, matrix) for matrix in truth], cropped=True, models=tmp_path)
    assert clip.landmarks is None
    assert max(shake(clip, truth, root_mean_square)) < 0.02
    other_size = align_clip([crop, crop], size=56, cropped=True, models=tmp_path)
    assert other_size.frames.shape == (2, 56, 56, 3)


def test_grey_frames_and_a_single_frame_are_understood(film):
    clip = align_clip([cv2.cvtColor(film[0], cv2.COLOR_RGB2GRAY)])
    assert clip.frames.shape == (1, 112, 112, 3)


def test_bad_input_is_named(film):
    for frames, options, message in (
        ([], {}, "no frames"),
        ([film[0], film[0][:200]], {}, "`340x200`.*`340x300`"),
        (film[:2], {"reference": 2}, "`2`.*2 frames"),
        (film[:2], {"reference": "onset"}, "`onset`"),
        (film[:2], {"missing": "ignore"}, "`ignore`"),
        (film[:2], {"face": 3}, "`3`"),
    ):
        with pytest.raises(InputError, match=message):
            align_clip(frames, **options)
