"""Baselines that are linear models of what they see."""

import numpy as np
import pytest

from micron_bert.evaluation.baselines.linear import Majority, fit_linear, lbp_top, optical_flow


def test_flow_sees_where_it_moved(face, shifted):
    flow = optical_flow(face, shifted(face, slice(56, 112), 2))  # 2 px are 4 of the enlarged frames
    assert flow.shape == (28, 28, 2) and flow.dtype == np.float32
    difference = np.median(flow[18:, :, 0]) - np.median(flow[:10, :, 0])
    assert difference == pytest.approx(4, abs=0.5)


def test_lbp_top_is_a_histogram_for_each_block_and_plane(face, shifted):
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


def test_linear_model_finds_what_the_labels_follow():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    features = rng.normal(size=(60, 4, 5)) + 5 * np.eye(5)[labels][:, None]
    model = fit_linear(features[:40], np.eye(3)[labels[:40]])
    scores = model.predict(features[40:].reshape(20, -1))
    assert scores.shape == (20, 3) and (scores.argmax(axis=1) == labels[40:]).all()
