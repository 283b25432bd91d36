"""A network of STSTNet's size on optical flow and its strain."""

import numpy as np

from micron_bert.evaluation.baselines.ststnet import STSTNet, ThreeStreams, with_strain


def test_ststnet_has_the_published_size_and_scores_every_epoch():
    # 16 filters of 3 x 3 x 3, their bias and normalisation, and 400 weights a class
    assert sum(p.numel() for p in ThreeStreams(3).parameters()) == 16 * 28 + 2 * 16 + 3 * 401
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(9, 3, 28, 28)).astype(np.float32), np.eye(3, dtype=np.float32)[np.arange(9) % 3]
    every = STSTNet(False, epochs=3).fit(inputs, targets, range(6), [[6, 7], [8]], 0, True)
    last = STSTNet(False, epochs=3).fit(inputs, targets, range(6), [[6, 7], [8]], 0, False)
    assert len(every) == 3 and len(last) == 1 and [len(part) for part in every[0]] == [2, 1]
    np.testing.assert_array_equal(every[-1][0], last[0][0])


def test_strain_is_that_of_each_field():
    y, x = np.mgrid[:6, :6].astype(float)
    stretch, shear, shift = np.stack([2 * x, 0 * x], -1), np.stack([y, 0 * x], -1), np.ones((6, 6, 2))
    strained = with_strain(np.stack([stretch, shear, shift]))
    assert strained.shape == (3, 3, 6, 6)
    np.testing.assert_allclose(strained[:, 2, 3, 3], [2, np.sqrt(0.5), 0], atol=1e-6)
    np.testing.assert_allclose(with_strain(shear), strained[1])
