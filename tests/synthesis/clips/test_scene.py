import cv2
import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.faces.alignment import eye_centres
from micron_bert.faces.photograph import align_image
from micron_bert.synthesis.clips.scene import synthesize_scene
from micron_bert.synthesis.motion.displacement import pixel_grid
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.nuisances import Nuisances

SMILE = [UnitActivation(12), UnitActivation(6, 0.5)]


@pytest.fixture(scope="module")
def clip(photograph, photograph_landmarks):
    return synthesize_scene(
        photograph, photograph_landmarks, "happiness", SMILE, 4.0, 25.0,
        rng=np.random.default_rng(0), lead=0.1, tail=0.1, nuisances=Nuisances.none(turn=0.2),
    )  # fmt: skip


def test_frames_are_the_whole_photograph(clip, photograph):
    assert clip.frames.shape[1:] == photograph.shape
    assert 0 < clip.onset < clip.apex < clip.offset < len(clip.frames)
    np.testing.assert_array_equal(clip.frames[clip.onset], photograph)


def test_only_the_head_moves(clip, photograph):
    change = np.abs(clip.frames[clip.apex].astype(int) - photograph).max(axis=2)
    assert change[320:].max() == 0 and change[:, 400:].max() == 0
    assert change[60:180, 150:300].mean() > 0.5


def test_a_face_is_found_in_every_frame_and_has_moved_as_stated(clip):
    for frame in clip.frames:
        align_image(frame)
    eyes = eye_centres(clip.landmarks)
    peak = np.sqrt((clip.expression**2).sum(axis=0)).max()
    assert peak == pytest.approx(0.01 * clip.amplitude * np.linalg.norm(eyes[1] - eyes[0]), rel=0.05)


def test_total_movement_takes_the_apex_back_to_the_onset(clip):
    onset, apex = clip.frames[clip.onset].astype(float), clip.frames[clip.apex]
    x, y = pixel_grid(*onset.shape[:2]) + clip.total
    back = cv2.remap(apex, x, y, cv2.INTER_CUBIC)
    face = np.s_[60:200, 150:300]
    assert np.abs(back - onset)[face].mean() < 0.5 * np.abs(apex - onset)[face].mean()


def test_a_tilted_face_is_moved_along_its_own_axes(photograph, photograph_landmarks):
    turn = cv2.getRotationMatrix2D((256, 256), 40, 1.0)
    tilted = cv2.warpAffine(photograph, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    points = photograph_landmarks @ turn[:, :2].T + turn[:, 2]
    clip = synthesize_scene(
        tilted, points, "surprise", [UnitActivation(1), UnitActivation(2)], 5.0, 25.0, rng=np.random.default_rng(2),
        lead=0.1, tail=0.1, nuisances=Nuisances.none(), head=0.0,
    )  # fmt: skip
    brows = np.round(points[[107, 336, 105, 334]]).astype(int)
    moved = clip.expression[:, brows[:, 1], brows[:, 0]].mean(axis=1)
    up = turn[:, :2] @ (0, -1)
    assert moved @ up > 0.85 * np.linalg.norm(moved) > 0.3


def test_bad_arguments_are_refused(photograph, photograph_landmarks, rng):
    with pytest.raises(InputError, match="RGB uint8"):
        synthesize_scene(photograph[..., 0], photograph_landmarks, rng=rng)
    with pytest.raises(InputError, match="468"):
        synthesize_scene(photograph, photograph_landmarks[:10], rng=rng)
