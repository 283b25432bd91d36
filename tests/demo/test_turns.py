"""One visitor has one camera; who stops makes room."""

from micron_bert.demo.turns import PAUSE, Turns


def test_another_window_waits_until_the_first_one_is_silent():
    now = [0.0]
    turns = Turns(lambda: now[0])
    assert turns.take("1.1.1.1", "first") and turns.take("2.2.2.2", "other")
    assert not turns.take("1.1.1.1", "second") and turns.take("1.1.1.1", "first")
    now[0] += PAUSE + 1
    assert turns.take("1.1.1.1", "second") and not turns.take("1.1.1.1", "first")
    assert set(turns.last) == {"1.1.1.1"}
