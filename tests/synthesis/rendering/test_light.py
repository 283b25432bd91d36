import numpy as np
import pytest

from micron_bert.synthesis.rendering.light import draw_light


def test_light_changes_by_a_fraction_of_a_percent(rng):
    changes = [draw_light(rng, (32, 32), 0.006, None, 0.0).mean() - 1 for _ in range(500)]
    assert np.std(changes) == pytest.approx(0.006, rel=0.25)
    assert (draw_light(rng, (32, 32), 0.0, None, 0.0) == 1).all()
