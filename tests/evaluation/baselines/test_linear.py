import cv2
import numpy as np
import pytest
import skimage.data

from micron_bert.evaluation.baselines.linear import FlowRidge, LbpTop, Majority, lbp_top, optical_flow
from micron_bert.evaluation.baselines.ststnet import STSTNet, ThreeStreams


@pytest.fixture(scope="module")
def face():
    return cv2.resize(skimage.data.astronaut()[30:180, 150:300], (112, 112), interpolation=cv2.INTER_AREA)


def shifted(picture, rows, step):
    moved = picture.copy()
    moved[rows] = np.roll(picture[rows], step, axis=1)
    return moved


def test_flow_sees_where_it_moved(face):
    flow = optical_flow(face, shifted(face, slice(56, 112), 2))  # 2 px are 4 of the enlarged frames
    assert flow.shape == (28, 28, 2) and flow.dtype == np.float32
    difference = np.median(flow[18:, :, 0]) - np.median(flow[:10, :, 0])
    assert difference == pytest.approx(4, abs=0.5)


def test_lbp_top_is_a_histogram_for_each_block_and_plane(face):
    still, moving = (lbp_top([shifted(face, slice(0, 40), step * n) for n in range(5)]) for step in (0, 3))
    assert still.shape == (5 * 5 * 3 * 59,)
    np.testing.assert_allclose(still.reshape(75, 59).sum(axis=1), 1, rtol=1e-5)
    spatial, temporal = slice(25), slice(25, 75)
    change = np.abs(still - moving).reshape(75, 59).sum(axis=1)
    assert change[temporal].max() > 0.5
    # the lower part did not move
    assert change[temporal].reshape(2, 5, 5)[:, 3:].max() == 0 == change[spatial].reshape(5, 5)[3:].max()


def test_majority_is_the_most_frequent_class_of_the_training_part():
    targets = np.eye(3, dtype=np.float32)[[0, 1, 1, 2, 2, 2]]
    ((scores,),) = Majority().fit(None, targets, [0, 1, 2], [[3, 4, 5]], 0, False)
    assert scores.argmax(axis=1).tolist() == [1, 1, 1]


@pytest.mark.parametrize("learner", [FlowRidge(), LbpTop(4), STSTNet(False)], ids=lambda learner: learner.name)
def test_learns_which_part_moves(face, learner):
    rng, inputs, labels = np.random.default_rng(0), [], np.arange(24) % 3
    for label in labels:
        noisy = (face + rng.integers(-3, 4, face.shape)).clip(0, 255).astype(np.uint8)
        rows = slice(37 * label, 37 * label + 37)
        steps = [0, 2] if learner.later_frames == 0 else range(learner.later_frames + 1)
        inputs.append(learner.describe([shifted(noisy, rows, step) for step in steps]))
    targets = np.eye(3, dtype=np.float32)[labels]
    runs = [learner.fit(np.stack(inputs), targets, range(15), [range(15, 24)], 0, False)[0][0] for _ in range(2)]
    assert (runs[0].argmax(axis=1) == labels[15:]).mean() == 1
    np.testing.assert_array_equal(*runs)


def test_ststnet_has_the_published_size_and_scores_every_epoch():
    # 16 filters of 3 x 3 x 3, their bias and normalisation, and 400 weights a class
    assert sum(p.numel() for p in ThreeStreams(3).parameters()) == 16 * 28 + 2 * 16 + 3 * 401
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(9, 3, 28, 28)).astype(np.float32), np.eye(3, dtype=np.float32)[np.arange(9) % 3]
    every = STSTNet(False, epochs=3).fit(inputs, targets, range(6), [[6, 7], [8]], 0, True)
    last = STSTNet(False, epochs=3).fit(inputs, targets, range(6), [[6, 7], [8]], 0, False)
    assert len(every) == 3 and len(last) == 1 and [len(part) for part in every[0]] == [2, 1]
    np.testing.assert_array_equal(every[-1][0], last[0][0])
