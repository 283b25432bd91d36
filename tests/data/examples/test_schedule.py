import numpy as np
import pytest

from micron_bert.data.examples.schedule import Curriculum, Shuffled, whole_batches


def test_curriculum_comes_down_and_stays():
    curriculum = Curriculum((0.3, 2.5), 100)
    lows = [curriculum(index)[0] for index in range(0, 200, 10)]
    assert lows[0] == pytest.approx(1.4) and lows[10:] == [0.3] * 10
    assert all(np.diff(lows[:11]) < 0)
    assert {curriculum(index)[1] for index in range(200)} == {2.5}
    assert Curriculum((0.3, 2.5), 0)(0) == (0.3, 2.5)


def test_every_pass_shows_everything_in_its_own_order():
    shown = Shuffled(list(range(10)), length=25, seed=1)
    items = [shown[index] for index in range(len(shown))]
    assert sorted(items[:10]) == sorted(items[10:20]) == list(range(10))
    assert items[:10] != items[10:20] and len(set(items[20:])) == 5
    # any order of access gives the same
    assert [shown[index] for index in reversed(range(25))] == items[::-1]
    assert [Shuffled(list(range(10)), 25, seed=2)[index] for index in range(25)] != items
    with pytest.raises(IndexError):
        shown[25]


@pytest.mark.parametrize("items, batch, expected", [(0, 4, 4), (4, 4, 4), (5, 4, 8), (7.2, 4, 8), (8.1, 4, 12)])
def test_whole_batches(items, batch, expected):
    assert whole_batches(items, batch) == expected
