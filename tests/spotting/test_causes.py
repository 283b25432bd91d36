import numpy as np
import pytest

from micron_bert.spotting.causes import cause_of
from micron_bert.spotting.course import Moment

LIDS, LIPS, X, LIGHT = 0, 1, 2, 8


def moments(changed=None, by=0.0):
    """Half a second in which one of the numbers of the state goes there and back, and the others stay."""
    states = np.zeros((12, 9))
    if changed is not None:
        states[:, changed] = by * np.sin(np.linspace(0, np.pi, 12))
    return [Moment(n, n, n / 25, np.zeros((4, 2, 2)), 0.0, state, 1.0, np.zeros(4)) for n, state in enumerate(states)]


@pytest.mark.parametrize(
    "changed, by, cause",
    [(LIDS, 0.2, "blink"), (LIPS, 0.2, "speech"), (X, 0.2, "head"), (LIGHT, 0.2, "light"), (LIPS, 0.004, "rest")],
)
def test_what_moved_most_is_the_cause(changed, by, cause):
    assert cause_of(moments(changed, by)) == cause


def test_nothing_is_rest():
    assert cause_of(moments()) == "rest" and cause_of([]) == "rest"
