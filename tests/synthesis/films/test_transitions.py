import numpy as np
import pytest

from micron_bert.synthesis.films.transitions import Transitions


def test_transitions_keep_a_value_and_move_smoothly_to_the_next(rng):
    transitions = Transitions(np.array([1.0, 3.0]), np.array([0.5, 0.2]), np.array([[0.0], [2.0], [-1.0]]))
    assert [float(transitions.at(time)[0]) for time in (0.0, 1.0, 1.25, 1.5, 2.9, 3.2, 9.0)] == [0, 0, 1, 2, 2, -1, -1]
    assert transitions.intervals() == [(1.0, 1.5), (3.0, 3.2)]
    drawn = Transitions.draw(rng, 3600.0, 12.0, (0.1, 2.0), (5.0, 1.0))
    assert len(drawn.starts) == pytest.approx(720, rel=0.15)
    assert (drawn.starts[:-1] + drawn.lengths[:-1] <= drawn.starts[1:] + 1e-9).all()
    # a value is never left in a jump
    moments = np.array([drawn.at(time) for time in np.arange(0, 60, 0.01)])
    assert np.abs(np.diff(moments, axis=0)).max() < 20 * 0.01 / 0.1 * 2
    assert np.std(drawn.values, axis=0) == pytest.approx([5.0, 1.0], rel=0.2)
