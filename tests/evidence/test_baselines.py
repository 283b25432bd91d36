from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.evidence.baselines import TrueFlow, TrueMovement


class Pairs(SimpleNamespace):
    def __len__(self):
        return len(self.labels)


@pytest.fixture(scope="module")
def draw():
    """Pairs whose class is where they move, by any amount; the head moves everywhere."""

    def pairs(count, seed):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 4, count)
        field = np.zeros((count, 4, 14, 14), np.float32)
        for index, label in enumerate(labels):
            if label < 3:
                field[index, 1, 4 * label : 4 * label + 4] = rng.uniform(0.1, 2)
        field[:, 2:] = field[:, :2] + rng.normal(size=(count, 2, 1, 1))
        return Pairs(labels=labels, displacement=field)

    return pairs


def test_who_sees_the_true_movement_names_it_at_any_strength(draw):
    ceiling, pairs = TrueMovement(draw(400, 0)), draw(100, 1)
    four, three = ceiling.predict(pairs)
    assert (four == pairs.labels).all()
    moves = pairs.labels < 3
    assert (three[moves] == pairs.labels[moves]).all()


def test_perfect_flow_is_not_told_what_of_it_the_expression_was(draw):
    baseline, pairs = TrueFlow(draw(400, 0)), draw(100, 1)
    answers = baseline.predict(pairs)
    pairs.displacement[:, :2] = 0
    assert all((one == other).all() for one, other in zip(answers, baseline.predict(pairs), strict=True))
    pairs.displacement[:, 2:] = 0
    assert (baseline.predict(pairs)[0] != answers[0]).any()
