"""What every learner does on the same clips."""

import numpy as np
import pytest

from micron_bert.evaluation.baselines.linear import FlowRidge, LbpTop
from micron_bert.evaluation.baselines.ststnet import STSTNet


@pytest.mark.parametrize("learner", [FlowRidge(), LbpTop(4), STSTNet(False)], ids=lambda learner: learner.name)
def test_learns_which_part_moves(face, shifted, learner):
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
